"""The outermost layers of a request, as plain ASGI: span, metrics, access log, the last net for errors, body size."""

import time
from collections.abc import Mapping
from http import HTTPMethod
from typing import Any

import structlog
from fastapi import HTTPException
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.problems import HttpProblem, answer
from chassis.telemetry import HTTP_SECONDS, context_from, current_trace_id, tracer
from kernel.ids import new_id

_METHODS = frozenset(HTTPMethod)
# Asked every few seconds by machines.
_QUIET_ROUTES = frozenset({"/health/live", "/health/ready", "/metrics"})
_LOGGED_PATH_LIMIT = 200

log = structlog.get_logger(__name__)


class Edge:
    """One span, one latency sample and one log line a request, none of them with a query string, header or body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = context_from(Headers(scope=scope).get("traceparent"))
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        with tracer.start_as_current_span(method, context=parent, kind=SpanKind.SERVER) as span:
            scope.setdefault("state", {})["trace_id"] = current_trace_id() or new_id("req").removeprefix("req_")
            started = time.perf_counter()
            status = await self._answered(scope, receive, send)
            duration_s = time.perf_counter() - started
            route = _route(scope)
            span.update_name(f"{method} {route}")
            span.set_attributes(
                {"http.request.method": method, "http.route": route, "http.response.status_code": status}
            )
            if status >= 500:
                span.set_status(StatusCode.ERROR)
            HTTP_SECONDS.labels(method, route, str(status)).observe(duration_s)
            _access(scope, method, route, status, duration_s)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> int:
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            trace_id = scope["state"]["trace_id"]
            log.exception("request-failed", trace_id=trace_id)
            if status:
                # Half an answer is out: only cutting the connection tells the caller.
                raise
            refusal = HttpProblem(500, "internal-error", "something went wrong on our side; it has been recorded")
            await answer(refusal, trace_id)(scope, receive, noting)
        return status


def _route(scope: Scope) -> str:
    """The template, `/invoices/{invoice_id}`: the path itself holds ids, and anything at all when nothing matched."""
    return getattr(scope.get("route"), "path", None) or "unmatched"


def _access(scope: Scope, method: str, route: str, status: int, duration_s: float) -> None:
    fields: dict[str, Any] = {"method": method, "route": route, "status": status}
    if route != "unmatched":
        fields["path"] = scope["path"][:_LOGGED_PATH_LIMIT]
    tell = log.debug if route in _QUIET_ROUTES else log.info
    tell("request", **fields, trace_id=scope["state"]["trace_id"], duration_ms=round(duration_s * 1000, 2))


class BodyLimit:
    """Refuses a body of more than `max_bytes`, announced or not, before more of it is held in memory.

    `larger` has other limits, by the path of a route (`/things/{thing_id}/file`).
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = [(compile_path(path)[0], most) for path, most in larger.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        larger = (most for path, most in self._larger if path.match(scope["path"]))
        most = next(larger, self._max_bytes)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > most:
            refusal = HttpProblem(413, "body-too-large", _too_large(most), headers={"Connection": "close"})
            await answer(refusal, scope["state"]["trace_id"])(scope, receive, send)
            return
        await self._app(scope, _counting(receive, most), send)


def _counting(receive: Receive, most: int) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            # FastAPI hands this kind on untouched from whatever was reading the body.
            raise HTTPException(413, _too_large(most), headers={"Connection": "close"})
        return message

    return counted


def _too_large(most: int) -> str:
    return f"the body is larger than {most} bytes"
