"""The states of a payment as a table; whatever is not in it cannot happen."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from kernel.change import Change
from kernel.errors import IllegalTransition
from kernel.outcome import Outcome
from payments.domain.intake.payment import Payment, PaymentStatus

PaymentCommand = Literal[
    "settle", "decline", "cancel", "request_refund", "refund_part", "refund_whole", "restore", "dispute", "reverse"
]

# A declined PaymentIntent may be paid with another card, and money that came counts whatever was thought before.
# `restore`: a refund that the bank could not deliver came back, or a dispute was won, and the whole is ours again.
TRANSITIONS: dict[tuple[PaymentStatus, PaymentCommand], PaymentStatus] = {
    ("pending", "settle"): "settled",
    ("pending", "decline"): "failed",
    ("pending", "cancel"): "canceled",
    ("failed", "settle"): "settled",
    ("failed", "decline"): "failed",
    ("failed", "cancel"): "canceled",
    ("canceled", "settle"): "settled",
    ("settled", "request_refund"): "settled",
    ("settled", "refund_part"): "partly_refunded",
    ("settled", "refund_whole"): "refunded",
    ("settled", "dispute"): "disputed",
    ("settled", "reverse"): "reversed",
    ("partly_refunded", "request_refund"): "partly_refunded",
    ("partly_refunded", "refund_part"): "partly_refunded",
    ("partly_refunded", "refund_whole"): "refunded",
    ("partly_refunded", "restore"): "settled",
    ("partly_refunded", "dispute"): "disputed",
    ("refunded", "refund_part"): "partly_refunded",
    ("refunded", "restore"): "settled",
    ("refunded", "dispute"): "disputed",
    ("disputed", "dispute"): "disputed",
    ("disputed", "refund_part"): "partly_refunded",
    ("disputed", "refund_whole"): "refunded",
    ("disputed", "restore"): "settled",
}

PaymentEventKind = Literal["received", "failed", "refunded", "disputed", "noted"]


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """What happened, with the payment as it was right after it: one version, one event.

    `noted` is of interest here alone: that version is not published.
    """

    kind: PaymentEventKind
    payment: Payment
    change: Change


PaymentOutcome = Outcome[Payment, PaymentEvent]


def happened(kind: PaymentEventKind, payment: Payment, change: Change) -> PaymentOutcome:
    """One step, to a new version."""
    return Outcome(payment, (PaymentEvent(kind, payment, change),))


def may(status: PaymentStatus, command: PaymentCommand) -> bool:
    """Whether the table has this transition."""
    return (status, command) in TRANSITIONS


def demand(payment: Payment, command: PaymentCommand) -> PaymentStatus:
    """The state that the table names. Raises IllegalTransition."""
    status = TRANSITIONS.get((payment.status, command))
    if status is None:
        raise IllegalTransition(f"payment {payment.payment_id}", payment.status, command.replace("_", " "))
    return status


def moved(
    payment: Payment, command: PaymentCommand, kind: PaymentEventKind, change: Change, **changes: Any
) -> PaymentOutcome:
    """The next version, in the state that the table names. Raises IllegalTransition."""
    return happened(kind, _next(payment, change, status=demand(payment, command), **changes), change)


def noted(payment: Payment, change: Change, **changes: Any) -> PaymentOutcome:
    """The next version, in the same state."""
    return happened("noted", _next(payment, change, **changes), change)


def rebalanced(payment: Payment, kind: PaymentEventKind, change: Change, **changes: Any) -> PaymentOutcome:
    """The next version after money went back or came back: the state follows from what is left."""
    return moved(payment, _money_command(replace(payment, **changes)), kind, change, **changes)


def _next(payment: Payment, change: Change, **changes: Any) -> Payment:
    return replace(payment, version=payment.version + 1, changed_at=change.at, changed_by=change.by, **changes)


def _money_command(payment: Payment) -> PaymentCommand:
    if payment.disputed.amount_minor:
        return "dispute"
    if payment.refunded == payment.amount:
        return "refund_whole"
    return "refund_part" if payment.refunded.amount_minor else "restore"
