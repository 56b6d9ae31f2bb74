"""The hosted page of a Checkout Session: a customer enters a card, answers their bank and is sent back to the shop."""

import html
from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dev.stripe_sandbox import checkout, checkout_shape, customers, payment_intents, payment_methods, setup_intents
from dev.stripe_sandbox.call import Call, from_outside
from dev.stripe_sandbox.errors import JsonObject, StripeError
from dev.stripe_sandbox.faults import FaultBoard
from dev.stripe_sandbox.params import Params, Tree
from dev.stripe_sandbox.store import Store

_PAGE = """<!doctype html><meta charset="utf-8"><title>Checkout</title>
<h1>{title}</h1><p role="alert">{message}</p>
<form method="post">
<label>E-mail <input name="email" type="email" value="{email}"></label>
<label>Name on card <input name="name"></label>
<label>Card number <input name="number" inputmode="numeric" required></label>
<label>Expiry <input name="exp" placeholder="MM/YY"></label> <label>CVC <input name="cvc"></label>
<button>{button}</button></form>{back}"""
_OVER = '<!doctype html><meta charset="utf-8"><title>Checkout</title><h1>This link has expired.</h1>'


class CheckoutPage:
    def __init__(self, store: Store, faults: FaultBoard, wake: Callable[[], None]) -> None:
        self._store = store
        self._faults = faults
        self._wake = wake

    def routes(self) -> list[Route]:
        return [
            Route("/c/pay/{id}", self._show, methods=["GET"]),
            Route("/c/pay/{id}", self._pay, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        call = from_outside(self._store, request)
        session = self._store.get(call.path["id"], checkout.KIND)
        if session is None:
            return HTMLResponse(_OVER, 404)
        return _closed(call, session) or _form(call, session)

    async def _pay(self, request: Request) -> Response:
        body = (await request.body()).decode(errors="replace")
        try:
            call = from_outside(self._store, request, body)
            call = replace(call, settles_later=self._faults.current.settle_later)
            with self._store.transaction():
                session = call.named(checkout.KIND)
                answer = _closed(call, session) or _attempt(call, session)
        except StripeError as refusal:
            return HTMLResponse(html.escape(str(refusal)), refusal.status)
        self._wake()
        return answer


def _closed(call: Call, session: JsonObject) -> Response | None:
    if session["status"] == "complete":
        return _back(session)
    if session["status"] == "expired" or session["expires_at"] <= call.now:
        return HTMLResponse(_OVER, 410)
    return None


def _back(session: JsonObject) -> Response:
    return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), status_code=303)


def _form(call: Call, session: JsonObject, refusal: str = "", status: int = 200) -> Response:
    """With what went wrong the last time, if anything did."""
    refusal = refusal or _last_refusal(call, session)
    paying = session["mode"] == "payment"
    amount = f"{session['amount_total']} {(session['currency'] or '').upper()}"
    items = ", ".join(item["description"] for item in checkout_shape.items_of(call, session["id"]))
    back = html.escape(session["cancel_url"] or "", quote=True)
    page = _PAGE.format(
        title=html.escape(f"{items}: {amount}") if paying else "Save a card",
        message=html.escape(refusal),
        email=html.escape(session["customer_email"] or "", quote=True),
        button="Pay" if paying else "Save",
        back=f'<a href="{back}">Back</a>' if back else "",
    )
    return HTMLResponse(page, status)


def _last_refusal(call: Call, session: JsonObject) -> str:
    for kind, field in (("payment_intent", "last_payment_error"), ("setup_intent", "last_setup_error")):
        if session[kind] is not None:
            error = call.find(kind, session[kind], param=kind)[field] or {}
            return str(error.get("message", ""))
    return ""


def _attempt(call: Call, session: JsonObject) -> Response:
    """A decline stays on the page; what the attempt left behind is kept, as with any confirmation."""
    email, name = call.params.text("email"), call.params.text("name")
    known = session["customer_details"] or checkout_shape.details(session["customer_email"], None)
    session["customer_details"] = {**known, "email": email or known["email"], "name": name or known["name"]}
    try:
        method = payment_methods.typed(call, call.params.required("number"), email, name)
        confirm = _confirm_payment if session["mode"] == "payment" else _confirm_setup
        confirmed = confirm(call, session, method)
    except StripeError as refusal:
        call.store.save(session)
        return _form(call, session, str(refusal), 402)
    call.store.save(session)
    checkout.follow(call, confirmed)
    if confirmed["status"] == "requires_action":
        return RedirectResponse(confirmed["next_action"]["redirect_to_url"]["url"], status_code=303)
    return _back(session)


def _confirm_payment(call: Call, session: JsonObject, method: JsonObject) -> JsonObject:
    """The payment is made when the customer first submits, as at Stripe, and is the same at each further try."""
    if session["payment_intent"] is None:
        session["payment_intent"] = payment_intents.create(_with(call, _wanted(call, session)))["id"]
    return payment_intents.confirm(_confirming(call, session, method, session["payment_intent"]))


def _confirm_setup(call: Call, session: JsonObject, method: JsonObject) -> JsonObject:
    _make_customer(call, session, saves_card=False)
    if session["customer"] is not None:
        wanted = replace(_with(call, {"customer": session["customer"]}), path={"id": session["setup_intent"]})
        setup_intents.update(wanted)
    return setup_intents.confirm(_confirming(call, session, method, session["setup_intent"]))


def _confirming(call: Call, session: JsonObject, method: JsonObject, intent_id: str) -> Call:
    page = f"{call.base_url}/c/pay/{session['id']}"
    return replace(_with(call, {"payment_method": method["id"], "return_url": page}), path={"id": intent_id})


def _wanted(call: Call, session: JsonObject) -> Tree:
    data = checkout_shape.payment_data(call, session)
    _make_customer(call, session, saves_card="setup_future_usage" in data)
    wanted: Tree = {"amount": str(session["amount_total"]), "currency": session["currency"], **data.tree}
    wanted["payment_method_types"] = {"0": "card"}
    if session["customer"] is not None:
        wanted["customer"] = session["customer"]
    return wanted


def _make_customer(call: Call, session: JsonObject, *, saves_card: bool) -> None:
    if session["customer"] is None and (saves_card or session["customer_creation"] == "always"):
        details = session["customer_details"]
        given: Tree = {name: details[name] for name in ("email", "name") if details[name] is not None}
        session["customer"] = customers.create(_with(call, given))["id"]


def _with(call: Call, tree: Tree) -> Call:
    return replace(call, params=Params(tree))
