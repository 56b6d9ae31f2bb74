"""HTTP/1.1 on a connection, within limits: uvicorn's own protocol takes heads of any size, however slowly they come."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from chassis.http.problems import HttpProblem, answer
from chassis.settings import Settings
from chassis.telemetry import HTTP_UNREAD
from kernel.ids import new_id

LINGER_S = 1.0
"""How long what a caller still sends is thrown away when it will not be read: by a connection that ends at once, with
something unread on it, the answer may be lost on its way."""
LINGER_BYTES = 256 * 1024
_BETWEEN = len(b": \r\n")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a head (its first line and its headers) the bytes, and the seconds that it may take; and the connections."""

    head_bytes: int
    head_within_s: float
    connections: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(settings.max_head_bytes, settings.head_within_s, settings.max_connections)


class BoundedProtocol(HttpToolsProtocol):
    """What it refuses never reaches the application: it is answered here, as a problem, and the connection ends."""

    def __init__(self, *args: Any, limits: Limits, **more: Any) -> None:
        super().__init__(*args, **more)
        self._limits = limits
        self._in_head = True
        self._head_bytes = 0
        self._unparsed_bytes = 0
        self._refused = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._thrown_away: int | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(503, "too-many-connections", "too many connections at once", {"Retry-After": "1"})
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._thrown_away is not None:
            self._thrown_away += len(data)
            if self._thrown_away > LINGER_BYTES:
                self.transport.pause_reading()
            return
        began_before = self._in_head
        if self._head_timer is None and self._is_idle():
            self._wait_for_head()
        super().data_received(data)
        if began_before and self._in_head:
            self._unparsed_bytes += len(data)
            if self._unparsed_bytes > self._limits.head_bytes:
                self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes, self._unparsed_bytes = True, 0, 0
        if self._head_timer is None:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        self._head_bytes += len(url)
        if self._head_bytes <= self._limits.head_bytes:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value) + _BETWEEN
        if self._head_bytes <= self._limits.head_bytes:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._end_wait()
        if self._head_bytes > self._limits.head_bytes:
            self._refuse_head()
        elif not self._refused:
            super().on_headers_complete()
            # It closes where an answer says so, which may be before the body has come.
            self.cycle.transport = cast(asyncio.Transport, _Gently(self))

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        # Where the answer says so, a body that nobody wanted to read is not waited for. A small one, of which it says
        # nothing, may still come: whoever sent it takes the connection for open.
        if not self.pipeline and self.cycle.more_body and not self.cycle.keep_alive:
            self.end()
        if self._thrown_away is None:
            super().on_response_complete()

    def end(self) -> None:
        """Ends the connection after what was written; what still comes is thrown away for a moment."""
        if self._thrown_away is not None or self.transport.is_closing():
            return
        if not self._refused and not self.cycle.more_body:
            self.transport.close()
            return
        self._thrown_away = 0
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(LINGER_S, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "malformed-request", "this is not HTTP/1.1")

    def _is_idle(self) -> bool:
        return not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.head_within_s, self._head_is_late)

    def _end_wait(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._unparsed_bytes or self._head_bytes:
            self._refuse(408, "head-too-slow", "the head of the request comes too slowly")
        else:  # whoever connects and says nothing needs no answer
            self.transport.close()

    def _refuse_head(self) -> None:
        most = self._limits.head_bytes
        self._refuse(431, "head-too-large", f"first line and headers are larger than {most} bytes")

    def _refuse(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._end_wait()
        HTTP_UNREAD.labels(code).inc()
        log.info("request-unread", code=code)
        if not self._is_idle():
            # What was asked before on this connection is answered first; nothing comes after it.
            self.cycle.keep_alive = False
            return
        own = {"Connection": "close", "Cache-Control": "no-store", **(headers or {})}
        problem = answer(HttpProblem(status, code, detail, headers=own), new_id("req").removeprefix("req_"))
        lines = [STATUS_LINE[status], *(name + b": " + value + b"\r\n" for name, value in problem.raw_headers)]
        self.transport.write(b"".join(lines) + b"\r\n" + bytes(problem.body))
        self.end()


class _Gently:
    """The transport as the answer to a request sees it."""

    def __init__(self, protocol: BoundedProtocol) -> None:
        self._protocol = protocol

    def write(self, data: bytes) -> None:
        self._protocol.transport.write(data)

    def is_closing(self) -> bool:
        return self._protocol.transport.is_closing()

    def close(self) -> None:
        self._protocol.end()
