"""What machines ask of a service: does it live, may it get work."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response

from chassis.http.problems import HttpProblem, answer
from chassis.http.refusals import trace_id_of
from chassis.tasks import within

# Names each part of the service that cannot be relied on now, and why; empty when all is well.
Ready = Callable[[], Coroutine[Any, Any, dict[str, str]]]

READY_TIMEOUT_S = 5.0
PATHS = frozenset({"/health/live", "/health/ready"})


def routes(ready: Ready) -> APIRouter:
    """`/health/live` and `/health/ready`, open to anybody who reaches the port."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/health/ready", response_model=None)
    async def readiness(request: Request) -> Response | dict[str, str]:
        if getattr(request.app.state, "stopping", False):
            return answer(HttpProblem(503, "stopping", "the service is stopping"), trace_id_of(request))
        silent = await _asked(ready)
        if not silent:
            return {"status": "ok"}
        detail = "; ".join(f"{name}: {reason}" for name, reason in silent.items())
        return answer(HttpProblem(503, "not-ready", detail), trace_id_of(request), silent=silent)

    return router


async def _asked(ready: Ready) -> dict[str, str]:
    try:
        return await within(READY_TIMEOUT_S, ready())
    except TimeoutError:
        return {"readiness": f"no answer within {READY_TIMEOUT_S:g} s"}
    except Exception as error:
        return {"readiness": type(error).__name__}
