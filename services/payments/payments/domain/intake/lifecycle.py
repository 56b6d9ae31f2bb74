"""The states of a payment as a table; whatever is not in it cannot happen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from kernel.actor import Actor
from kernel.errors import IllegalTransition
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

Kind = Literal["received", "failed", "refunded", "disputed"]


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """What happened, with the payment as it was right after it: one version, one event."""

    kind: Kind
    payment: Payment


@dataclass(frozen=True, slots=True)
class Change:
    """The payment after a command, what is to be told of it, and what it was on the way there."""

    payment: Payment
    events: tuple[PaymentEvent, ...] = ()
    passed: tuple[Payment, ...] = ()

    def then(self, step: "Callable[[Payment], Change]") -> "Change":
        """What the next step makes of it, and the events of both."""
        following = step(self.payment)
        passed = (*self.passed, self.payment, *following.passed)
        return Change(following.payment, (*self.events, *following.events), passed)

    def versions_after(self, version: int) -> tuple[Payment, ...]:
        """Each version since then, the last one included; also what is told to nobody."""
        since = {one.version: one for one in (*self.passed, self.payment) if one.version > version}
        return tuple(since[number] for number in sorted(since))


@dataclass(frozen=True, slots=True)
class Cause:
    """What is kept with a change: the words of a person or a rule, and the id of what it is a consequence of."""

    reason: str | None = None
    source_id: str | None = None


UNEXPLAINED = Cause()


def may(status: PaymentStatus, command: PaymentCommand) -> bool:
    """Whether the table has this transition."""
    return (status, command) in TRANSITIONS


def demand(payment: Payment, command: PaymentCommand) -> PaymentStatus:
    """The state that the table names. Raises IllegalTransition."""
    status = TRANSITIONS.get((payment.status, command))
    if status is None:
        raise IllegalTransition(f"payment {payment.payment_id}", payment.status, command.replace("_", " "))
    return status


def moved(payment: Payment, command: PaymentCommand, at: datetime, by: Actor, **changes: Any) -> Payment:
    """The next version, in the state that the table names. Raises IllegalTransition."""
    return noted(payment, at, by, status=demand(payment, command), **changes)


def noted(payment: Payment, at: datetime, by: Actor, **changes: Any) -> Payment:
    """The next version, in the same state unless the changes say otherwise."""
    return replace(payment, version=payment.version + 1, changed_at=at, changed_by=by, **changes)


def rebalanced(payment: Payment, at: datetime, by: Actor, **changes: Any) -> Payment:
    """The next version after money went back or came back: the state follows from what is left."""
    after = replace(payment, **changes)
    return moved(payment, _money_command(after), at, by, **changes)


def _money_command(payment: Payment) -> PaymentCommand:
    if payment.disputed.amount_minor:
        return "dispute"
    if payment.refunded == payment.amount:
        return "refund_whole"
    return "refund_part" if payment.refunded.amount_minor else "restore"
