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
    "warning_closed": "won",
    "lost": "lost",
}
_PREVENTED = "prevented"


def refund_of(refund: stripe.Refund) -> SeenRefund:
    return SeenRefund(
        gateway_id=refund.id,
        refund_id=ours(refund.metadata, "refund_id"),
        amount=from_stripe(refund.amount, refund.currency),
        status=_REFUNDS.get(refund.status or "", "pending"),
        created_at=time_of(refund.created),
    )


def dispute_of(dispute: stripe.Dispute, charge: stripe.Charge | None = None) -> Dispute:
    """Whether the money is gone is read off Stripe's balance.

    A dispute that was prevented was blocked, and nothing moved, or resolved, and the cardholder has the money: then it
    is lost. `charge` says what the cardholder paid in their own currency, where the dispute may be in that one.
    """
    moved = _moved(dispute)
    taken = None if moved is None else moved[0] > moved[1]
    status = _DISPUTES.get(dispute.status, "inquiry")
    if dispute.status == _PREVENTED:
        status = "lost" if taken else "won"
    return Dispute(
        dispute_id=dispute.id,
        amount=from_stripe(dispute.amount, dispute.currency),
        status=status,
        taken=taken,
        moves=0 if moved is None else sum(moved),
        charged=_presented(charge),
    )


def _moved(dispute: stripe.Dispute) -> tuple[int, int] | None:
    """How often the money was withdrawn, and how often it came back; None where Stripe does not say."""
    entries = getattr(dispute, "balance_transactions", None)
    if entries is None:
        return None
    amounts = [entry.amount for entry in entries]
    return sum(amount < 0 for amount in amounts), sum(amount > 0 for amount in amounts)


def _presented(charge: stripe.Charge | None) -> Money | None:
    """What the cardholder saw, where Stripe showed it in another currency than it was charged in."""
    details = getattr(charge, "presentment_details", None)
    if details is None:
        return None
    return from_stripe(details.presentment_amount, details.presentment_currency)


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
