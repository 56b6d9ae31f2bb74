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

from dev.stripe_sandbox import (
    attachments,
    balance,
    checkout,
    customers,
    disputes,
    lists,
    outside,
    payment_intents,
    payment_methods,
    refunds,
    search,
    setup_intents,
    webhook_endpoints,
)
from dev.stripe_sandbox.call import Call, Handler, new_id
from dev.stripe_sandbox.checkout_page import CheckoutPage
from dev.stripe_sandbox.control import Control
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject
from dev.stripe_sandbox.faults import FaultBoard
from dev.stripe_sandbox.gate import Gate
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
    def route(method: str, path: str, handler: Handler, *, browser: bool = False) -> Route:
        return Route(f"/v1{path}", gate.endpoint(handler, browser=browser), methods=[method])

    return [
        route("POST", "/payment_intents", payment_intents.create),
        route("GET", "/payment_intents", lists.of("payment_intent", "customer")),
        route("GET", "/payment_intents/search", search.payment_intents),
        route("GET", "/payment_intents/{id}", payment_intents.retrieve, browser=True),
        route("POST", "/payment_intents/{id}", payment_intents.update),
        route("POST", "/payment_intents/{id}/confirm", payment_intents.confirm, browser=True),
        route("POST", "/payment_intents/{id}/cancel", payment_intents.cancel),
        route("POST", "/checkout/sessions", checkout.create),
        route("GET", "/checkout/sessions", lists.of(checkout.KIND, "customer", "payment_intent", "status")),
        route("GET", "/checkout/sessions/{id}", checkout.retrieve),
        route("GET", "/checkout/sessions/{id}/line_items", checkout.line_items),
        route("POST", "/checkout/sessions/{id}/expire", checkout.expire),
        route("POST", "/payment_methods", payment_methods.create, browser=True),
        route("GET", "/payment_methods", attachments.listed),
        route("GET", "/payment_methods/{id}", _retrieve("payment_method")),
        route("POST", "/payment_methods/{id}", attachments.update),
        route("POST", "/payment_methods/{id}/attach", attachments.attach),
        route("POST", "/payment_methods/{id}/detach", attachments.detach),
        route("POST", "/setup_intents", setup_intents.create),
        route("GET", "/setup_intents", lists.of("setup_intent", "customer", "payment_method")),
        route("GET", "/setup_intents/{id}", setup_intents.retrieve, browser=True),
        route("POST", "/setup_intents/{id}", setup_intents.update),
        route("POST", "/setup_intents/{id}/confirm", setup_intents.confirm, browser=True),
        route("POST", "/setup_intents/{id}/cancel", setup_intents.cancel),
        route("GET", "/charges", lists.of("charge", "customer", "payment_intent")),
        route("GET", "/charges/{id}", _retrieve("charge")),
        route("GET", "/balance", balance.retrieve),
        route(
            "GET",
            "/balance_transactions",
            lists.of("balance_transaction", "currency", "payout", "source", "type"),
        ),
        route("GET", "/balance_transactions/{id}", _retrieve("balance_transaction")),
        route("GET", "/disputes", lists.of("dispute", "charge", "payment_intent")),
        route("GET", "/disputes/{id}", _retrieve("dispute")),
        route("POST", "/disputes/{id}", disputes.update),
        route("POST", "/disputes/{id}/close", disputes.close),
        route("GET", "/payouts", lists.of("payout", "arrival_date", "destination", "status")),
        route("GET", "/payouts/{id}", _retrieve("payout")),
        route("POST", "/refunds", refunds.create),
        route("GET", "/refunds", lists.of("refund", "charge", "payment_intent")),
        route("GET", "/refunds/{id}", _retrieve("refund")),
        route("POST", "/refunds/{id}", refunds.update),
        route("POST", "/refunds/{id}/cancel", refunds.cancel),
        route("POST", "/customers", customers.create),
        route("GET", "/customers", lists.of("customer", "email")),
        route("GET", "/customers/{id}", customers.retrieve),
        route("POST", "/customers/{id}", customers.update),
        route("DELETE", "/customers/{id}", customers.delete),
        route("GET", "/customers/{id}/payment_methods", customers.methods_of),
        route("GET", "/customers/{id}/payment_methods/{method}", customers.method_of),
        route("GET", "/events", lists.of("event", "type", "types")),
        route("GET", "/events/{id}", _retrieve("event")),
        route("POST", "/webhook_endpoints", webhook_endpoints.create),
        route("GET", "/webhook_endpoints", lists.of("webhook_endpoint")),
        route("GET", "/webhook_endpoints/{id}", webhook_endpoints.retrieve),
        route("DELETE", "/webhook_endpoints/{id}", webhook_endpoints.delete),
    ]


def _retrieve(kind: str) -> Handler:
    def handle(call: Call) -> JsonObject:
        call.params.only()
        return call.named(kind)

    return handle


async def _unknown(request: Request, error: Exception) -> Response:
    refusal = InvalidRequest(f"Unrecognized request URL ({request.method}: {request.url.path}).")
    return JSONResponse(refusal.envelope, 404)
