"""What Stripe says of a card payment, and what follows from it.

Each piece of news is a fact that only moves forward, and the state follows from the facts: so whatever comes late,
twice, early or out of order ends in the same state.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from kernel.actor import system
from kernel.change import Change
from kernel.ids import derived_id
from kernel.money import Money
from kernel.outcome import Outcome
from payments.domain.cards.declines import WORDS, DeclineCode
from payments.domain.intake.lifecycle import PaymentEventKind, PaymentOutcome, may, moved, noted, rebalanced
from payments.domain.intake.payment import (
    CancelCode,
    Dispute,
    DisputeStatus,
    Failure,
    NextStep,
    Payment,
    Refund,
    RefundStatus,
)
from payments.domain.intake.refunds import in_order

STRIPE = system("stripe")
IntentStatus = Literal["open", "succeeded", "canceled"]

_REFUND_RANK: dict[RefundStatus, int] = {"awaiting_approval": 0, "pending": 1, "settled": 2, "failed": 3, "rejected": 4}
# A dispute that was lost may still be won (the cardholder withdraws it, or an appeal succeeds); what was won is taken
# again only by another movement of Stripe's balance, which counts before the status does.
_DISPUTE_RANK: dict[DisputeStatus, int] = {"inquiry": 0, "open": 1, "lost": 2, "won": 3}


@dataclass(frozen=True, slots=True)
class SeenRefund:
    """`refund_id` is ours, None for a refund that somebody made in Stripe's dashboard."""

    gateway_id: str
    refund_id: str | None
    amount: Money
    status: RefundStatus
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A Checkout page; it has its link until it was paid or expired."""

    session_id: str
    url: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StripeSnapshot:
    """All that Stripe says now of one PaymentIntent, or of the Checkout page that is to make one.

    `payment_id` is from its metadata: None when it is not ours.
    """

    intent_id: str | None
    payment_id: str | None
    status: IntentStatus
    step: NextStep | None = None
    succeeded_at: datetime | None = None
    fee: Money | None = None
    decline: Failure | None = None
    page: SeenPage | None = None
    refunds: tuple[SeenRefund, ...] = ()
    disputes: tuple[Dispute, ...] = ()


def declined(code: DeclineCode, attempted_at: datetime | None = None, attempt_id: str | None = None) -> Failure:
    """The failure with its words."""
    return Failure(code, WORDS[code], attempted_at, attempt_id)


def brings_money(payment: Payment, snapshot: StripeSnapshot) -> bool:
    """Whether the money is news, so that a receipt number is to be drawn."""
    return is_of(payment, snapshot) and snapshot.status == "succeeded" and may(payment.status, "settle")


def is_of(payment: Payment, snapshot: StripeSnapshot) -> bool:
    """Whether it is the payment's own PaymentIntent, and not a second one in its name."""
    return payment.card_payment_intent_id is None or snapshot.intent_id in (None, payment.card_payment_intent_id)


def observe(payment: Payment, snapshot: StripeSnapshot, receipt_number: str | None, change: Change) -> PaymentOutcome:
    """The payment as it follows from what Stripe says; old news changes nothing.

    `receipt_number` is needed when the snapshot `brings_money`. From another PaymentIntent than its own
    nothing follows.
    """
    if not is_of(payment, snapshot):
        return Outcome(payment)
    return (
        _attached(payment, snapshot, change)
        .then(lambda known: _answered(known, snapshot, receipt_number, change))
        .then(lambda known: _charged(known, snapshot.fee, change))
        .then(lambda known: _refunded(known, snapshot.refunds, change))
        .then(lambda known: _disputed(known, snapshot.disputes, change))
    )


def refuse(payment: Payment, failure: Failure, change: Change) -> PaymentOutcome:
    """Stripe would not even make a PaymentIntent of it; old news changes nothing."""
    return _failed(payment, failure, change)


def observe_refund(payment: Payment, seen: SeenRefund, change: Change) -> PaymentOutcome:
    """The payment as it follows from one refund; old news changes nothing."""
    return _refunded(payment, (seen,), change)


def answer_refund(payment: Payment, refund_id: str, failure: Failure, change: Change) -> PaymentOutcome:
    """Stripe would not make the refund. One that it did make is not touched."""
    refunds = tuple(
        replace(r, status="failed", failure=failure) if r.refund_id == refund_id and r.gateway_id is None else r
        for r in payment.refunds
    )
    if refunds == payment.refunds:
        return Outcome(payment)
    return noted(payment, change, refunds=refunds)


def awaits_news(payment: Payment) -> bool:
    """Whether Stripe is to be asked again: also about the fee of a charge, which it says a moment later."""
    if payment.method != "card":
        return False
    under_way = any(r.status == "pending" for r in payment.refunds)
    contested = any(d.status in ("inquiry", "open") or (d.status == "won" and d.counts) for d in payment.disputes)
    return payment.undecided or under_way or contested or (payment.settled_at is not None and payment.fee is None)


def _attached(payment: Payment, snapshot: StripeSnapshot, change: Change) -> PaymentOutcome:
    """What Stripe calls it, and what it waits for."""
    changes: dict[str, Any] = {}
    if payment.card_payment_intent_id is None and snapshot.intent_id is not None:
        changes["card_payment_intent_id"] = snapshot.intent_id
    if snapshot.page is not None and payment.checkout is not None and payment.checkout.session_id is None:
        changes["checkout"] = replace(payment.checkout, **_link(snapshot.page))
    if payment.undecided and snapshot.status == "open" and snapshot.step not in (None, payment.next_step):
        changes["next_step"] = snapshot.step
    return noted(payment, change, **changes) if changes else Outcome(payment)


def _link(page: SeenPage) -> dict[str, Any]:
    return {"session_id": page.session_id, "url": page.url, "expires_at": page.expires_at}


def _answered(payment: Payment, snapshot: StripeSnapshot, receipt_number: str | None, change: Change) -> PaymentOutcome:
    if snapshot.status == "succeeded":
        return _settled(payment, snapshot, receipt_number, change)
    if snapshot.status == "canceled":
        return _canceled(payment, change)
    return Outcome(payment) if snapshot.decline is None else _failed(payment, snapshot.decline, change)


def _settled(payment: Payment, snapshot: StripeSnapshot, receipt_number: str | None, change: Change) -> PaymentOutcome:
    if not may(payment.status, "settle"):
        return Outcome(payment)
    if receipt_number is None:
        raise ValueError("money that came needs a receipt number")
    return moved(
        payment,
        "settle",
        "received",
        change,
        receipt_number=receipt_number,
        settled_at=snapshot.succeeded_at or change.at,
        fee=snapshot.fee,
        failure=None,
        next_step=None,
    )


def _charged(payment: Payment, fee: Money | None, change: Change) -> PaymentOutcome:
    """Stripe may say its fee a moment after the money."""
    if payment.settled_at is None or fee is None or payment.fee is not None:
        return Outcome(payment)
    return noted(payment, change, fee=fee)


def _canceled(payment: Payment, change: Change) -> PaymentOutcome:
    if not may(payment.status, "cancel"):
        return Outcome(payment)
    return moved(payment, "cancel", "failed", change, failure=declined(_cancel_code(payment)), next_step=None)


def _cancel_code(payment: Payment) -> CancelCode:
    """A Checkout page that nobody asked to cancel has come to its end."""
    if payment.cancellation is not None:
        return payment.cancellation.code
    return "canceled" if payment.checkout is None else "expired"


def _failed(payment: Payment, failure: Failure, change: Change) -> PaymentOutcome:
    if not may(payment.status, "decline") or not _is_later(failure, payment.failure):
        return Outcome(payment)
    return moved(payment, "decline", "failed", change, failure=failure)


def _is_later(failure: Failure, known: Failure | None) -> bool:
    if known is None or known.attempted_at is None or failure.attempted_at is None:
        return known is None
    return (failure.attempted_at, failure.attempt_id or "") > (known.attempted_at, known.attempt_id or "")


def _refunded(payment: Payment, seen: tuple[SeenRefund, ...], change: Change) -> PaymentOutcome:
    known = {refund.refund_id: refund for refund in payment.refunds}
    for news in seen:
        refund = _adopted(news) if news.refund_id is None or news.refund_id not in known else known[news.refund_id]
        known[refund.refund_id] = _forward(known.get(refund.refund_id, refund), news)
    refunds = in_order(tuple(known.values()))
    if payment.settled_at is None or refunds == payment.refunds:
        return Outcome(payment)
    return _money_moved(payment, "refunded", replace(payment, refunds=refunds), change)


def _adopted(seen: SeenRefund) -> Refund:
    return Refund(
        refund_id=derived_id("ref", seen.gateway_id),
        amount=seen.amount,
        reason="made in Stripe",
        status=seen.status,
        register_id=None,
        gateway_id=seen.gateway_id,
        failure=None,
        refunded_at=seen.created_at,
        refunded_by=STRIPE,
    )


def _forward(refund: Refund, seen: SeenRefund) -> Refund:
    ahead = _REFUND_RANK[seen.status] > _REFUND_RANK[refund.status]
    return replace(refund, gateway_id=seen.gateway_id, status=seen.status if ahead else refund.status)


def _disputed(payment: Payment, seen: tuple[Dispute, ...], change: Change) -> PaymentOutcome:
    known = {dispute.dispute_id: dispute for dispute in payment.disputes}
    for dispute in seen:
        before = known.get(dispute.dispute_id)
        if before is None or _age(dispute) > _age(before):
            known[dispute.dispute_id] = dispute
    disputes = tuple(known[dispute_id] for dispute_id in sorted(known))
    if payment.settled_at is None or disputes == payment.disputes:
        return Outcome(payment)
    return _money_moved(payment, "disputed", replace(payment, disputes=disputes), change)


def _age(dispute: Dispute) -> tuple[int, int]:
    """Which of two looks at a dispute is the later one."""
    return dispute.moves, _DISPUTE_RANK[dispute.status]


def _money_moved(payment: Payment, kind: PaymentEventKind, seen: Payment, change: Change) -> PaymentOutcome:
    """Others hear of it only when it changes what went back or is held back."""
    changes = {"refunds": seen.refunds, "disputes": seen.disputes}
    if (seen.refunded, seen.disputed) == (payment.refunded, payment.disputed):
        return noted(payment, change, **changes)
    return rebalanced(payment, kind, change, **changes)
