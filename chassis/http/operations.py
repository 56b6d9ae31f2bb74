"""What is for those who run a service, on a port of its own: metrics, the API's document and its page, health."""

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.middleware import Middleware

from chassis.http import docs, health, refusals
from chassis.http.edge import Edge
from chassis.telemetry import REGISTRY


def operations_of(app: FastAPI, ready: health.Ready) -> FastAPI:
    """The application beside the service's own. No token is asked for: who reaches the port may see all of it."""
    operations = FastAPI(
        title=app.title,
        version=app.version,
        middleware=[Middleware(Edge)],
        redirect_slashes=False,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    operations.state = app.state
    refusals.install(operations)
    for router in (health.routes(ready), docs.routes_of(app), _metrics()):
        operations.include_router(router)
    return operations


def _metrics() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return router
