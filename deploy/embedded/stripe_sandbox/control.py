"""/sandbox routes: what the customer, the bank and the network do, decided by the caller."""

import html
import json
import time
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.embedded.stripe_sandbox import confirmation, refunds, webhook_endpoints
from deploy.embedded.stripe_sandbox.call import Call, new_id
from deploy.embedded.stripe_sandbox.errors import InvalidRequest, JsonObject, StripeError
from deploy.embedded.stripe_sandbox.faults import FaultBoard
from deploy.embedded.stripe_sandbox.params import Params, pairs
from deploy.embedded.stripe_sandbox.store import Store

_CHALLENGE = """<!doctype html><title>Card authentication</title>
<h1>Your bank asks: is this you?</h1><p>{amount} {currency}</p>
<form method="post"><button name="outcome" value="succeeded">Yes, pay</button>
<button name="outcome" value="failed">No</button></form>"""


class WebhookUrl(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str


class Control:
    def __init__(self, store: Store, faults: FaultBoard, webhook_secret: str, wake: Callable[[], None]) -> None:
        self._store = store
        self._faults = faults
        self._webhook_secret = webhook_secret
        self._wake = wake

    def routes(self) -> list[Route]:
        intent, refund = "/sandbox/payment_intents/{id}", "/sandbox/refunds/{id}"
        return [
            Route("/sandbox/health", self._health),
            Route("/sandbox/faults", _answering(self._set_faults), methods=["GET", "POST", "DELETE"]),
            Route("/sandbox/forget_idempotency_keys", self._forget_keys, methods=["POST"]),
            Route("/sandbox/webhook_url", _answering(self._set_webhook_url), methods=["POST"]),
            Route("/sandbox/events/{id}/resend", _answering(self._resend), methods=["POST"]),
            Route(f"{intent}/authenticate", _answering(self._challenge), methods=["GET"]),
            Route(f"{intent}/authenticate", _answering(self._authenticate), methods=["POST"]),
            Route(f"{intent}/settle", _answering(self._settle_intent), methods=["POST"]),
            Route(f"{refund}/settle", _answering(self._settle_refund), methods=["POST"]),
        ]

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "pending_webhooks": self._store.pending()})

    async def _set_faults(self, request: Request) -> Response:
        if request.method == "POST":
            self._faults.change(await request.body())
        elif request.method == "DELETE":
            self._faults.reset()
        self._wake()
        return JSONResponse(self._faults.current.model_dump())

    async def _forget_keys(self, request: Request) -> Response:
        self._store.forget_keys()
        return JSONResponse({"forgotten": True})

    async def _set_webhook_url(self, request: Request) -> Response:
        given = WebhookUrl.model_validate_json(await request.body())
        endpoint = webhook_endpoints.configure(self._store, given.url, self._webhook_secret, int(time.time()))
        self._wake()
        return JSONResponse(webhook_endpoints.without_secret(endpoint))

    async def _resend(self, request: Request) -> Response:
        event = self._call(request, "").named("event")
        for _, endpoint in self._store.select("webhook_endpoint", limit=100):
            self._store.queue(event["id"], endpoint["id"])
        self._wake()
        return JSONResponse(event)

    async def _challenge(self, request: Request) -> Response:
        intent = self._call(request, "").named("payment_intent")
        confirmation.require_status(intent, "authenticate", ("requires_action",))
        shown = {name: html.escape(str(intent[name])) for name in ("amount", "currency")}
        return HTMLResponse(_CHALLENGE.format(**shown))

    async def _authenticate(self, request: Request) -> Response:
        """Sends a browser back to the return_url as Stripe does; anyone else gets the intent."""
        call, passed = await self._decided(request)
        with self._store.transaction():
            intent = call.named("payment_intent")
            redirect = (intent["next_action"] or {}).get("redirect_to_url")
            confirmation.authenticate(call, intent, passed=passed)
        self._wake()
        if redirect and "text/html" in request.headers.get("Accept", ""):
            query = f"payment_intent={intent['id']}&payment_intent_client_secret={intent['client_secret']}"
            joint = "&" if "?" in redirect["return_url"] else "?"
            return RedirectResponse(f"{redirect['return_url']}{joint}{query}", status_code=303)
        return JSONResponse(intent)

    async def _settle_intent(self, request: Request) -> Response:
        call, succeeded = await self._decided(request)
        with self._store.transaction():
            intent = call.named("payment_intent")
            confirmation.settle(call, intent, succeeded=succeeded)
        self._wake()
        return JSONResponse(intent)

    async def _settle_refund(self, request: Request) -> Response:
        call, succeeded = await self._decided(request)
        with self._store.transaction():
            refund = call.named("refund")
            refunds.settle(call, refund, succeeded=succeeded)
        self._wake()
        return JSONResponse(refund)

    async def _decided(self, request: Request) -> tuple[Call, bool]:
        """outcome=succeeded (the default) or failed, form-encoded or JSON."""
        body = (await request.body()).decode(errors="replace")
        if body.startswith("{"):
            outcome: JsonObject = json.loads(body)
            body = f"outcome={outcome.get('outcome', '')}"
        call = self._call(request, body)
        return call, call.params.choice("outcome", "succeeded", "failed") != "failed"

    def _call(self, request: Request, body: str) -> Call:
        return Call(
            store=self._store,
            params=Params.parse(pairs(body)),
            path=request.path_params,
            now=int(time.time()),
            request_id=new_id("req", 14),
            base_url=str(request.base_url).rstrip("/"),
        )


def _answering(handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except (ValidationError, json.JSONDecodeError) as error:
            return JSONResponse(InvalidRequest(str(error)).envelope, 400)
        except StripeError as error:
            return JSONResponse(error.envelope, error.status)

    return answer
