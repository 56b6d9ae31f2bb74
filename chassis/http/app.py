"""Builds the FastAPI application of a service."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from chassis.http import docs, health, refusals
from chassis.http.auth import Verifier
from chassis.http.deadline import Deadlines
from chassis.http.edge import BodyLimit, Edge
from chassis.http.openapi import document_problems
from chassis.settings import Settings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    *,
    title: str,
    version: str,
    routers: Iterable[APIRouter],
    lifespan: Lifespan,
    settings: Settings,
    ready: health.Ready,
    store_silent_s: Callable[[], float] = lambda: 0.0,
    larger_bodies: Mapping[str, int] = MappingProxyType({}),
    dependencies: object = None,
) -> FastAPI:
    """`ready` names what the service cannot rely on now, and why; empty when all is well.

    `store_silent_s`: for how long the database has not answered, which cuts even a long request.
    `dependencies`: what the routes work with; they find it as `request.app.state.dependencies`.
    `larger_bodies`: bytes that may come to a route, by its path, where they are more than `max_body_bytes`.
    """
    app = FastAPI(
        title=title,
        version=version,
        lifespan=lifespan,
        middleware=[
            Middleware(Edge),
            Middleware(BodyLimit, max_bytes=settings.max_body_bytes, larger=larger_bodies),
            Middleware(Deadlines, limit_s=settings.request_deadline_s, store_silent_s=store_silent_s),
        ],
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        # FastAPI's own spans carry query strings and the texts of exceptions; `Edge` makes ours.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.verifier = Verifier.of(settings)
    app.state.stopping = False
    app.state.dependencies = dependencies
    refusals.install(app)
    for router in (health.routes(ready), docs.routes, *routers):
        app.include_router(router)
    document_problems(app)
    return app
