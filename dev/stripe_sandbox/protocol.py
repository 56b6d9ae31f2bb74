"""An HTTP connection that a handler can cut, as a network would."""

import asyncio
from typing import cast

from starlette.requests import Request
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_EXTENSION = "sandbox.transport"


class CuttableProtocol(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = _with_transport(self.app, transport)


def _with_transport(app: ASGI3Application, transport: asyncio.Transport) -> ASGI3Application:
    async def call(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        extensions = cast(HTTPScope, scope).setdefault("extensions", {})
        extensions[_EXTENSION] = {"transport": transport}
        await app(scope, receive, send)

    return call


async def cut(request: Request) -> None:
    """The client sees its connection reset; returns once nothing can be sent any more."""
    request.scope["extensions"][_EXTENSION]["transport"].abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
