"""Builds the FastAPI application of a service."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType

from fastapi import APIRouter, Depends, FastAPI

from chassis.http import health, refusals
from chassis.http.auth import Verifier
from chassis.http.body import BodyLimit
from chassis.http.deadline import Deadlines
from chassis.http.edge import Edge
from chassis.http.gate import Gate, places_of
from chassis.http.known_inputs import known_inputs, refuse_unknown_inputs
from chassis.http.openapi import document_problems
from chassis.http.operations import operations_of
from chassis.http.rates import Rates
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
    open_to_all: Collection[str] = (),
    dependencies: object = None,
) -> FastAPI:
    """`ready` names what the service cannot rely on now, and why; empty when all is well.

    `store_silent_s`: for how long the database has not answered, which cuts even a long request.
    `dependencies`: what the routes work with; they find it as `request.app.state.dependencies`.
    `larger_bodies`: bytes that may come to a route, by its path, where they are more than `max_body_bytes`.
    `open_to_all`: paths of routes that need no token. Raises ValueError for another route that asks for no role.

    What goes on at the port of operations is `app.state.operations`.
    """
    app = FastAPI(
        title=title,
        version=version,
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,
        dependencies=[Depends(known_inputs)],
        # FastAPI's own spans carry query strings and the texts of exceptions; `Edge` makes ours.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.stopping = False
    app.state.dependencies = dependencies
    refusals.install(app)
    for router in (health.routes(ready), *routers):
        app.include_router(router)
    refuse_unknown_inputs(app)
    document_problems(app)
    app.add_middleware(Deadlines, limit_s=settings.request_deadline_s, store_silent_s=store_silent_s)
    _protect(app, settings, larger_bodies, {*open_to_all, *health.PATHS})
    app.state.operations = operations_of(app, ready)
    return app


def _protect(app: FastAPI, settings: Settings, larger_bodies: Mapping[str, int], open_to_all: Collection[str]) -> None:
    """From the innermost out: what may come of a body, who may go on, and what is noted of all of it."""
    app.add_middleware(
        BodyLimit, max_bytes=settings.max_body_bytes, larger=larger_bodies, within_s=settings.body_within_s
    )
    app.add_middleware(
        Gate,
        places=places_of(app, open_to_all),
        verifier=Verifier.of(settings),
        rates=Rates(settings.caller_requests_per_s, settings.clinic_requests_per_s),
        max_requests=settings.max_requests,
        unlimited=health.PATHS,
    )
    app.add_middleware(Edge)
