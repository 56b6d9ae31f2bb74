"""Bounds on the body of a request, as plain ASGI: how large it may be, and how long it may take to come."""

import asyncio
from collections.abc import Mapping

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.problems import HttpProblem, answer

SLOWEST_BYTES_PER_S = 64 * 1024


def announced_bytes(headers: Headers) -> int:
    """The length that a request gives for its body; 0 for one that gives none."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


class BodyLimit:
    """Refuses a body of more than `max_bytes`, announced or not, before more of it is held in memory.

    `larger` has other limits, by the path of a route (`/things/{thing_id}/file`). A body has `within_s` to come, and
    the time that it takes at `SLOWEST_BYTES_PER_S`.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int], within_s: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = [(compile_path(path)[0], most) for path, most in larger.items()]
        self._within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        larger = (most for path, most in self._larger if path.match(scope["path"]))
        most = next(larger, self._max_bytes)
        if announced_bytes(Headers(scope=scope)) > most:
            refusal = HttpProblem(413, "body-too-large", _too_large(most), headers={"Connection": "close"})
            await answer(refusal, scope["state"]["trace_id"])(scope, receive, send)
            return
        await self._app(scope, _bounded(receive, most, self._within_s), send)


def _bounded(receive: Receive, most: int, within_s: float) -> Receive:
    received, complete = 0, False
    begun = asyncio.get_running_loop().time()

    async def bounded() -> Message:
        nonlocal received, complete
        if complete:  # what comes now is only that the caller has gone
            return await receive()
        try:
            async with asyncio.timeout_at(begun + within_s + received / SLOWEST_BYTES_PER_S):
                message = await receive()
        except TimeoutError:
            # FastAPI hands this kind on untouched from whatever was reading the body.
            raise HTTPException(408, "the body comes too slowly", headers={"Connection": "close"}) from None
        received += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if received > most:
            raise HTTPException(413, _too_large(most), headers={"Connection": "close"})
        return message

    return bounded


def _too_large(most: int) -> str:
    return f"the body is larger than {most} bytes"
