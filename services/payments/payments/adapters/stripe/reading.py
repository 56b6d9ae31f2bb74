"""Stripe's objects, and what they mean to us."""

from datetime import UTC, datetime
from typing import Any

import stripe

from kernel.money import Money
from payments.adapters.stripe.amounts import from_stripe
from payments.domain.cards.stripe_snapshot import IntentStatus, SeenRefund
from payments.domain.intake.payment import Dispute, DisputeStatus, NextStep, RefundStatus

INTENTS: dict[str, IntentStatus] = {"succeeded": "succeeded", "canceled": "canceled"}
STEPS: dict[str, NextStep] = {
    "requires_payment_method": "enter_card",
    "requires_confirmation": "enter_card",
    "requires_action": "authenticate",
    "requires_capture": "wait_for_bank",
    "processing": "wait_for_bank",
}
_REFUNDS: dict[str, RefundStatus] = {"succeeded": "settled", "failed": "failed", "canceled": "failed"}
_DISPUTES: dict[str, DisputeStatus] = {
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "appeal_under_review": "open",
    "won": "won",
    "prevented": "won",
    "warning_closed": "won",
    "lost": "lost",
}


def refund_of(refund: stripe.Refund) -> SeenRefund:
    return SeenRefund(
        gateway_id=refund.id,
        refund_id=ours(refund.metadata, "refund_id"),
        amount=from_stripe(refund.amount, refund.currency),
        status=_REFUNDS.get(refund.status or "", "pending"),
        created_at=time_of(refund.created),
    )


def dispute_of(dispute: stripe.Dispute) -> Dispute:
    return Dispute(dispute.id, from_stripe(dispute.amount, dispute.currency), _DISPUTES.get(dispute.status, "inquiry"))


def fee_of(charge: stripe.Charge) -> Money | None:
    """What Stripe keeps, in the currency in which it pays out; None while it has not booked the charge."""
    booked = charge.balance_transaction
    return from_stripe(booked.fee, booked.currency) if isinstance(booked, stripe.BalanceTransaction) else None


def ours(metadata: stripe.StripeObject | None, name: str) -> str | None:
    """An id that we wrote there; others may write there too."""
    value = None if metadata is None else metadata.to_dict().get(name)
    return value if isinstance(value, str) else None


def id_of(thing: Any) -> str | None:
    """Of something that Stripe may have expanded."""
    return thing if thing is None or isinstance(thing, str) else str(thing.id)


def time_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
