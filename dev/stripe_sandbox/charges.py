"""Charges: one for each attempt on a card, and the balance transaction (with its fee) of each that succeeded."""

from dev.stripe_sandbox import balance, money
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.cards import Decline
from dev.stripe_sandbox.errors import JsonObject
from dev.stripe_sandbox.events import emit

_EMPTY = (
    "application_fee_amount",
    "balance_transaction",
    "failure_code",
    "failure_message",
    "outcome",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source",
    "transfer_group",
)
_FROM_INTENT = (
    "amount",
    "currency",
    "customer",
    "description",
    "metadata",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
)


def attempt(call: Call, intent: JsonObject, method: JsonObject) -> JsonObject:
    """A pending charge of the intent's whole amount, not yet stored."""
    card = method["card"]
    shown = {
        name: card[name] for name in ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    }
    return {
        "id": new_id("ch"),
        "object": "charge",
        **dict.fromkeys(_EMPTY),
        **{name: intent[name] for name in _FROM_INTENT},
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "CHAIRSIDE SANDBOX",
        "captured": False,
        "created": call.now,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": "card", "card": {**shown, "checks": card["checks"], "three_d_secure": None}},
        "refunded": False,
        "status": "pending",
    }


def succeed(call: Call, charge: JsonObject) -> None:
    charge.update(status="succeeded", paid=True, captured=True, amount_captured=charge["amount"])
    charge["outcome"] = _outcome("authorized", "approved_by_network", None, "Payment complete.")
    call.store.save(charge)
    emit(call, "charge.succeeded", charge)


def fail(call: Call, charge: JsonObject, decline: Decline) -> None:
    charge.update(status="failed", failure_code=decline.code, failure_message=decline.message)
    reason = decline.decline_code or decline.code
    charge["outcome"] = _outcome("issuer_declined", "declined_by_network", reason, "The bank declined the payment.")
    call.store.save(charge)
    emit(call, "charge.failed", charge)


def book(call: Call, charge: JsonObject) -> None:
    """With automatic_async capture (Stripe's default) a charge gets its balance transaction after it succeeded."""
    before = dict(charge)
    fee = money.fee(charge["amount"])
    charge["balance_transaction"] = balance.book(call, charge, charge["amount"], "charge", fee=fee)["id"]
    call.store.save(charge)
    emit(call, "charge.updated", charge, before=before)


def _outcome(kind: str, network_status: str, reason: str | None, message: str) -> JsonObject:
    return {
        "type": kind,
        "network_status": network_status,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": message,
    }
