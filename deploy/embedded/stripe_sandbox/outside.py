"""What the customer and the bank do to what the sandbox holds, when the caller of a control route says so."""

from dataclasses import replace

from deploy.embedded.stripe_sandbox import checkout, confirmation, refunds
from deploy.embedded.stripe_sandbox.call import Call
from deploy.embedded.stripe_sandbox.errors import JsonObject


def answer_challenge(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    confirmation.authenticate(call, intent, passed=_succeeded(call))
    checkout.follow(call, intent)
    return intent


def settle_payment(call: Call) -> JsonObject:
    intent = call.named("payment_intent")
    confirmation.settle(call, intent, succeeded=_succeeded(call))
    checkout.follow(call, intent)
    return intent


def settle_refund(call: Call) -> JsonObject:
    refund = call.named("refund")
    refunds.settle(call, refund, succeeded=_succeeded(call))
    return refund


def let_time_pass(call: Call) -> JsonObject:
    """What is due by then happens at once."""
    call.params.only("seconds")
    seconds = call.params.integer("seconds") or 0
    call.store.let_pass(seconds)
    happen(replace(call, now=call.store.now()))
    return {"now": call.store.now()}


def happen(call: Call) -> bool:
    """Whatever time does by itself; whether anything happened."""
    return checkout.expire_due(call)


def _succeeded(call: Call) -> bool:
    """outcome=succeeded (the default) or failed."""
    return call.params.choice("outcome", "succeeded", "failed") != "failed"
