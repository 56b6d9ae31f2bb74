"""/sandbox routes: what the customer, the bank and the network do, decided by the caller."""

import html
import json
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dev.stripe_sandbox import outside, webhook_endpoints
from dev.stripe_sandbox.call import Handler, from_outside
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject, StripeError, UnexpectedState
from dev.stripe_sandbox.faults import FaultBoard
from dev.stripe_sandbox.store import Store

_CHALLENGE = """<!doctype html><title>Card authentication</title>
<h1>Your bank asks: is this you?</h1><p>{amount}</p>
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
            *self._authenticating("payment_intent", outside.answer_challenge),
            *self._authenticating("setup_intent", outside.answer_setup_challenge),
            self._acting(f"{intent}/settle", outside.settle_payment),
            self._acting(f"{refund}/settle", outside.settle_refund),
            self._acting(f"{refund}/require_action", outside.ask_for_refund),
            self._acting("/sandbox/charges/{id}/dispute", outside.dispute_charge),
            self._acting("/sandbox/disputes/{id}/close", outside.close_dispute),
            self._acting("/sandbox/disputes/{id}/escalate", outside.escalate_dispute),
            self._acting("/sandbox/disputes/{id}/appeal", outside.appeal_dispute),
            self._acting("/sandbox/disputes/{id}/withdraw", outside.withdraw_dispute),
            self._acting("/sandbox/payouts", outside.pay_out),
            self._acting("/sandbox/payouts/{id}/settle", outside.settle_payout),
            self._acting("/sandbox/time", outside.let_time_pass),
        ]

    def _acting(self, path: str, act: Handler) -> Route:
        async def handle(request: Request) -> Response:
            return JSONResponse(await self._act(request, act))

        return Route(path, _answering(handle), methods=["POST"])

    async def _act(self, request: Request, act: Handler) -> JsonObject:
        call = from_outside(self._store, request, _form((await request.body()).decode(errors="replace")))
        with self._store.transaction():
            done = act(call)
        self._wake()
        return done

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
        endpoint = webhook_endpoints.configure(self._store, given.url, self._webhook_secret, self._store.now())
        self._wake()
        return JSONResponse(webhook_endpoints.without_secret(endpoint))

    async def _resend(self, request: Request) -> Response:
        event = from_outside(self._store, request).named("event")
        for _, endpoint in self._store.select("webhook_endpoint", limit=100):
            self._store.queue(event["id"], endpoint["id"])
        self._wake()
        return JSONResponse(event)

    def _authenticating(self, kind: str, answer: Handler) -> list[Route]:
        """The bank's page. Sends a browser back to the return_url as Stripe does; anyone else gets the intent."""

        async def ask(request: Request) -> Response:
            intent = from_outside(self._store, request).named(kind)
            if intent["status"] != "requires_action":
                raise UnexpectedState(f"{intent['id']} has a status of {intent['status']}.")
            amount = f"{intent['amount']} {intent['currency']}" if "amount" in intent else ""
            return HTMLResponse(_CHALLENGE.format(amount=html.escape(amount)))

        async def take(request: Request) -> Response:
            asked = from_outside(self._store, request).named(kind)
            redirect = (asked["next_action"] or {}).get("redirect_to_url")
            intent = await self._act(request, answer)
            if redirect is None or "text/html" not in request.headers.get("Accept", ""):
                return JSONResponse(intent)
            query = f"{kind}={intent['id']}&{kind}_client_secret={intent['client_secret']}"
            joint = "&" if "?" in redirect["return_url"] else "?"
            return RedirectResponse(f"{redirect['return_url']}{joint}{query}", status_code=303)

        path = f"/sandbox/{kind}s/{{id}}/authenticate"
        return [Route(path, _answering(ask), methods=["GET"]), Route(path, _answering(take), methods=["POST"])]


def _form(body: str) -> str:
    """Control routes take JSON too."""
    if not body.startswith("{"):
        return body
    given: JsonObject = json.loads(body)
    return urlencode({name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()})


def _answering(handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except (ValidationError, json.JSONDecodeError) as error:
            return JSONResponse(InvalidRequest(str(error)).envelope, 400)
        except StripeError as error:
            return JSONResponse(error.envelope, error.status)

    return answer
