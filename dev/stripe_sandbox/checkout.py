"""Checkout Sessions: a link under which a customer pays, until it expires."""

from dev.stripe_sandbox import checkout_shape, confirmation, setup_intents
from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.errors import JsonObject, UnexpectedState
from dev.stripe_sandbox.events import emit
from dev.stripe_sandbox.intents import OPEN

KIND = checkout_shape.KIND
_ALL = 1000


def create(call: Call) -> JsonObject:
    session = checkout_shape.requested(call)
    if session["mode"] == "setup":
        session["setup_intent"] = setup_intents.create(checkout_shape.setup_call(call, session))["id"]
    call.store.save(session)
    return session


def retrieve(call: Call) -> JsonObject:
    call.params.only()
    return call.named(KIND)


def line_items(call: Call) -> JsonObject:
    call.params.only("limit")
    session_id = call.named(KIND)["id"]
    return {
        "object": "list",
        "data": checkout_shape.items_of(call, session_id),
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


def expire(call: Call) -> JsonObject:
    call.params.only()
    session = call.named(KIND)
    if session["status"] != "open":
        message = f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.'
        raise UnexpectedState(message)
    _expire(call, session)
    return session


def expire_due(call: Call) -> bool:
    """What `expires_at` does by itself; whether it did."""
    due = ["json_extract(body, '$.status') = 'open'", "json_extract(body, '$.expires_at') <= ?"]
    expired = call.store.select(KIND, due, [call.now], limit=_ALL, order="ASC")
    for _, session in expired:
        _expire(call, session)
    return bool(expired)


def of_intent(call: Call, intent: JsonObject) -> JsonObject | None:
    """The session that a payment or a setup was made by."""
    condition = f"json_extract(body, '$.{intent['object']}') = ?"
    found = call.store.select(KIND, [condition], [intent["id"]], limit=1)
    return found[0][1] if found else None


def follow(call: Call, intent: JsonObject) -> None:
    """The session learns how its payment or setup went on. Does nothing for one of no session."""
    session = of_intent(call, intent)
    if session is None:
        return
    if session["mode"] == "setup":
        if session["status"] == "open" and intent["status"] == "succeeded":
            complete(call, session, "no_payment_required")
    elif session["status"] == "open" and intent["status"] in ("succeeded", "processing"):
        complete(call, session, "paid" if intent["status"] == "succeeded" else "unpaid")
    elif session["status"] == "complete" and session["payment_status"] == "unpaid":
        paid = intent["status"] == "succeeded"
        session["payment_status"] = "paid" if paid else "unpaid"
        call.store.save(session)
        emit(call, f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session)


def complete(call: Call, session: JsonObject, payment_status: str) -> None:
    session.update(status="complete", payment_status=payment_status, url=None)
    call.store.save(session)
    emit(call, "checkout.session.completed", session)


def refuse_cancel(call: Call, intent: JsonObject) -> None:
    """Raises UnexpectedState: the payment of an open session ends with its session."""
    session = of_intent(call, intent)
    if session is not None and session["status"] == "open":
        raise UnexpectedState(
            "You cannot cancel this PaymentIntent because it was created by a Checkout Session. "
            f"Expire the Checkout Session instead: {session['id']}."
        )


def _expire(call: Call, session: JsonObject) -> None:
    session.update(status="expired", url=None)
    call.store.save(session)
    if session["payment_intent"] is not None:
        intent = call.find("payment_intent", session["payment_intent"], param="payment_intent")
        if intent["status"] in OPEN:
            confirmation.cancel(call, intent, "automatic")
    if session["setup_intent"] is not None:
        setup = call.find("setup_intent", session["setup_intent"], param="setup_intent")
        if setup["status"] in OPEN:
            setup_intents.give_up(call, setup, "abandoned")
    emit(call, "checkout.session.expired", session)
