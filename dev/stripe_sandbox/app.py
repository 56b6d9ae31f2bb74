"""The composition root: store, faults, courier, gate and routes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.stripe_sandbox import outside, webhook_endpoints
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.checkout_page import CheckoutPage
from dev.stripe_sandbox.control import Control
from dev.stripe_sandbox.errors import InvalidRequest
from dev.stripe_sandbox.faults import FaultBoard
from dev.stripe_sandbox.gate import Gate
from dev.stripe_sandbox.operations import OPERATIONS
from dev.stripe_sandbox.params import Params
from dev.stripe_sandbox.store import Store
from dev.stripe_sandbox.webhooks import Courier

_TICK_S = 1


@dataclass(frozen=True)
class Config:
    data_dir: Path
    webhook_secret: str
    webhook_url: str | None = None


def create_app(config: Config) -> Starlette:
    store = Store(config.data_dir / "stripe.sqlite3")
    known = store.get(webhook_endpoints.CONFIGURED)
    url = config.webhook_url or (known["url"] if known else None)
    if url is not None:
        webhook_endpoints.configure(store, url, config.webhook_secret, store.now())
    faults = FaultBoard()
    courier = Courier(store, faults)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        running = [asyncio.create_task(courier.run()), asyncio.create_task(_pass_time(store, courier))]
        yield
        for task in running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        store.close()

    routes = _api_routes(Gate(store, faults, courier.wake))
    control = Control(store, faults, config.webhook_secret, courier.wake)
    page = CheckoutPage(store, faults, courier.wake)
    return Starlette(
        routes=[*routes, *control.routes(), *page.routes()],
        lifespan=lifespan,
        exception_handlers={404: _unknown, 405: _unknown},
    )


async def _pass_time(store: Store, courier: Courier) -> None:
    """What time does by itself, such as a link that expires."""
    while True:
        call = Call(store=store, params=Params({}), path={}, now=store.now(), request_id=new_id("req", 14), base_url="")
        with store.transaction():
            happened = outside.happen(call)
        if happened:
            courier.wake()
        await asyncio.sleep(_TICK_S)


def _api_routes(gate: Gate) -> list[Route]:
    return [
        Route(f"/v1{known.path}", gate.endpoint(known.handler, browser=known.browser), methods=[known.method])
        for known in OPERATIONS
    ]


async def _unknown(request: Request, error: Exception) -> Response:
    refusal = InvalidRequest(f"Unrecognized request URL ({request.method}: {request.url.path}).")
    return JSONResponse(refusal.envelope, 404)
