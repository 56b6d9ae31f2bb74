"""A webhook receiver as a shop would run one: it verifies each signature with Stripe's own library."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.parts.processes import free_port

PATIENCE_S = 60


class Receiver:
    """`refusals`: how many deliveries are answered 500 before they are taken."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.events: list[stripe.Event] = []
        self.forged = 0
        self.refusals = 0
        self.url = ""
        self._arrived = asyncio.Condition()

    def of(self, intent_id: str) -> list[stripe.Event]:
        """What arrived about a payment intent, in order of arrival."""
        return [event for event in self.events if intent_id in _about(event)]

    def types(self, intent_id: str) -> Counter[str]:
        return Counter(event.type for event in self.of(intent_id))

    async def heard(self, intent_id: str, *types: str, times: int = 1) -> list[stripe.Event]:
        """Waits until every type arrived so often."""
        async with asyncio.timeout(PATIENCE_S), self._arrived:
            await self._arrived.wait_for(lambda: all(self.types(intent_id)[kind] >= times for kind in types))
        return self.of(intent_id)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Receiver"]:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/webhook"
        app = Starlette(routes=[Route("/webhook", self._take, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield self
        finally:
            server.should_exit = True
            await serving

    async def _take(self, request: Request) -> Response:
        payload, signature = await request.body(), request.headers.get("Stripe-Signature")
        try:
            event = stripe.Webhook.construct_event(payload, signature, self.secret, api_key="sk_test_receiver")
        except stripe.SignatureVerificationError:
            self.forged += 1
            return Response(status_code=400)
        if self.refusals:
            self.refusals -= 1
            return Response(status_code=500)
        async with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()
        return Response(status_code=204)


def _about(event: stripe.Event) -> tuple[str, str]:
    shown = event.data.object
    return str(shown["id"]), str(getattr(shown, "payment_intent", None))
