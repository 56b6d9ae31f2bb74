"""Giving money back, by the way it was paid."""

from dataclasses import dataclass
from datetime import datetime

from chassis.kernel.actor import Actor
from chassis.kernel.errors import BusinessError
from chassis.kernel.money import Money
from payments.domain.lifecycle import Change, Told, demand, moved, rebalanced
from payments.domain.payment import Payment, Refund
from payments.domain.taking import demand_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """`register_id` is where the cash comes from; only for a cash payment."""

    payment_id: str
    amount: Money
    reason: str
    register_id: str | None
    by: Actor


def refund(payment: Payment, command: RefundPayment, refund_id: str, at: datetime) -> Change:
    """Cash and transfers went back when this is recorded; a card's refund is pending until Stripe has answered.

    Raises IllegalTransition, or BusinessError when it is more than what is left.
    """
    demand(payment, "request_refund")
    _check(payment, command)
    entry = Refund(
        refund_id=refund_id,
        amount=command.amount,
        reason=command.reason,
        status="pending" if payment.method == "card" else "settled",
        register_id=command.register_id,
        gateway_id=None,
        failure=None,
        refunded_at=at,
        refunded_by=command.by,
    )
    refunds = in_order((*payment.refunds, entry))
    if entry.status == "pending":
        return Change(moved(payment, "request_refund", at, command.by, refunds=refunds))
    after = rebalanced(payment, at, command.by, refunds=refunds)
    return Change(after, (Told("refunded", after),))


def in_order(refunds: tuple[Refund, ...]) -> tuple[Refund, ...]:
    """By age, so that the order in which they were heard of does not matter."""
    return tuple(sorted(refunds, key=lambda r: (r.refunded_at, r.refund_id)))


def _check(payment: Payment, command: RefundPayment) -> None:
    demand_positive(command.amount)
    if command.amount.currency != payment.currency:
        raise BusinessError("currency-differs", f"the payment is in {payment.currency}", field="/amount")
    if (command.register_id is not None) != (payment.method == "cash"):
        message = "a cash refund names its register, and only a cash refund does"
        raise BusinessError("register-required" if payment.method == "cash" else "register-not-used", message,
                            field="/register_id")  # fmt: skip
    left = payment.refundable
    if command.amount.amount_minor > left.amount_minor:
        raise BusinessError(
            "refund-too-high", f"{left.amount_minor} {left.currency} (minor units) are left to refund", field="/amount"
        )
