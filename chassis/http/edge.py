"""The outermost layers of a request, as plain ASGI: span, metrics, access log, the last net for errors, headers."""

import math
import time
from http import HTTPMethod
from typing import Any

import structlog
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.body import announced_bytes
from chassis.http.problems import HttpProblem, answer
from chassis.telemetry import HTTP_SECONDS, context_from, current_trace_id, tracer
from kernel.ids import new_id

_METHODS = frozenset(HTTPMethod)
# Asked every few seconds by machines.
_QUIET_ROUTES = frozenset({"/health/live", "/health/ready", "/metrics"})
_LOGGED_PATH_LIMIT = 200
# Nearly every answer is about a patient: none is kept by a browser or a proxy, or taken for what it does not say it is.
_EVERY_ANSWER = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# What is left of a larger body is not waited for when the answer is there already.
_SOON_READ_BYTES = 64 * 1024

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
        status, left = 0, _announced(Headers(scope=scope))

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left = left - len(message.get("body", b"")) if message.get("more_body") else 0
            return message

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                headers.update(_EVERY_ANSWER)
                if left > _SOON_READ_BYTES:
                    headers["Connection"] = "close"
                message = {**message, "headers": headers.raw}
            await send(message)

        try:
            await self._app(scope, counted, noting)
        except Exception:
            trace_id = scope["state"]["trace_id"]
            log.exception("request-failed", trace_id=trace_id)
            if status:
                # Half an answer is out: only cutting the connection tells the caller.
                raise
            refusal = HttpProblem(500, "internal-error", "something went wrong on our side; it has been recorded")
            await answer(refusal, trace_id)(scope, counted, noting)
        return status


def _announced(headers: Headers) -> float:
    """Bytes of the body that is to come; without end for one that does not say."""
    return math.inf if "transfer-encoding" in headers else announced_bytes(headers)


def _route(scope: Scope) -> str:
    """The template, `/invoices/{invoice_id}`: the path itself holds ids, and anything at all when nothing matched."""
    return getattr(scope.get("route"), "path", None) or "unmatched"


def _access(scope: Scope, method: str, route: str, status: int, duration_s: float) -> None:
    fields: dict[str, Any] = {"method": method, "route": route, "status": status}
    if route != "unmatched":
        fields["path"] = scope["path"][:_LOGGED_PATH_LIMIT]
    tell = log.debug if route in _QUIET_ROUTES else log.info
    tell("request", **fields, trace_id=scope["state"]["trace_id"], duration_ms=round(duration_s * 1000, 2))
