"""Giving money back, by the way it was paid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kernel.change import Change
from kernel.errors import BusinessError, Forbidden, IllegalTransition, NotFound
from kernel.money import Money, written
from kernel.outcome import Outcome
from payments.domain.cards.steps import demand_chargeable
from payments.domain.intake.cash_rounding import cash_rounding
from payments.domain.intake.intake import demand_positive
from payments.domain.intake.lifecycle import PaymentOutcome, demand, moved, noted, rebalanced
from payments.domain.intake.payment import Payment, Refund
from payments.domain.intake.payment_policy import RefundLimit, exceeds


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """`register_id` is where the cash comes from; only for a cash payment.

    `rounds_euro` is whether the clinic's country rounds euros that are paid in cash.
    """

    payment_id: str
    amount: Money
    reason: str
    register_id: str | None
    rounds_euro: bool = False


def refund(
    payment: Payment, command: RefundPayment, refund_id: str, change: Change, limits: Iterable[RefundLimit] = ()
) -> PaymentOutcome:
    """Cash and transfers went back when this is recorded; a card's refund is pending until Stripe has answered.

    Above the limit nothing goes back before a second person agrees; it is only reserved.
    Raises IllegalTransition, or BusinessError when it is more than what is left.
    """
    demand(payment, "request_refund")
    _check(payment, command)
    waits = exceeds(limits, change.by.role, payment, command.amount)
    entry = Refund(
        refund_id=refund_id,
        amount=command.amount,
        reason=command.reason,
        status="awaiting_approval" if waits else "pending",
        register_id=command.register_id,
        gateway_id=None,
        failure=None,
        refunded_at=change.at,
        refunded_by=change.by,
        rounding=_rounding(payment, command),
    )
    if waits:
        return moved(payment, "request_refund", "noted", change, refunds=_with(payment, entry))
    return _sent(payment, entry, change)


def _rounding(payment: Payment, command: RefundPayment) -> Money | None:
    """Only cash is rounded. Raises BusinessError for so little that no coin is left of it."""
    if payment.method != "cash":
        return None
    return cash_rounding(command.amount, "/amount", rounds_euro=command.rounds_euro)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRefund:
    """What a second person decides on: `register_id` is another drawer for cash than was asked for."""

    payment_id: str
    refund_id: str
    register_id: str | None = None


def approve(payment: Payment, command: DecideRefund, change: Change) -> PaymentOutcome:
    """The money goes back now, as a refund that needs nobody else does.

    Raises NotFound, Forbidden for who asked for it, IllegalTransition, or BusinessError where less is left.
    """
    entry = _undecided(payment, command, change, "approve")
    demand(payment, "request_refund")
    if payment.refundable.amount_minor < 0:
        raise BusinessError("refund-too-high", "meanwhile less is left of the payment", field="/amount")
    if command.register_id is not None and payment.method != "cash":
        raise BusinessError("register-not-used", "only a cash refund names its register", field="/register_id")
    register_id = command.register_id or entry.register_id
    agreed = _decided(entry, change, status="pending", register_id=register_id, refunded_at=change.at)
    return _sent(payment, agreed, change)


def reject(payment: Payment, command: DecideRefund, change: Change) -> PaymentOutcome:
    """Nothing goes back, and nothing is reserved. Raises NotFound, Forbidden or IllegalTransition."""
    entry = _undecided(payment, command, change, "reject")
    refused = _decided(entry, change, status="rejected")
    return noted(payment, change, refunds=_with(payment, refused))


def seen_leaving(payment: Payment, refund_id: str, transaction_id: str, change: Change) -> PaymentOutcome:
    """The bank has booked a refund by transfer: this is the debit. Raises NotFound."""
    gone = replace(entry_of(payment, refund_id), bank_transaction_id=transaction_id)
    return noted(payment, change, refunds=_with(payment, gone))


def seen_no_more(payment: Payment, refund_id: str, change: Change) -> PaymentOutcome:
    """The debit was another one: the refund is awaited again. Raises NotFound."""
    awaited = replace(entry_of(payment, refund_id), bank_transaction_id=None)
    return noted(payment, change, refunds=_with(payment, awaited))


def went_back(before: Payment, after: Payment) -> tuple[str, ...]:
    """The refunds whose money went between the two: each needs the number of a receipt."""
    gone = {refund.refund_id for refund in before.refunds if refund.status == "settled"}
    return tuple(r.refund_id for r in after.refunds if r.status == "settled" and r.refund_id not in gone)


def with_receipts(outcome: PaymentOutcome, numbers: Mapping[str, str]) -> PaymentOutcome:
    """The same with the receipt's number of each of these refunds, from the version on in which its money went."""
    events = tuple(replace(event, payment=_numbered(event.payment, numbers)) for event in outcome.events)
    return Outcome(_numbered(outcome.state, numbers), events)


def _numbered(payment: Payment, numbers: Mapping[str, str]) -> Payment:
    refunds = tuple(
        replace(entry, receipt_number=numbers[entry.refund_id])
        if entry.refund_id in numbers and entry.status == "settled"
        else entry
        for entry in payment.refunds
    )
    return replace(payment, refunds=refunds)


def entry_of(payment: Payment, refund_id: str) -> Refund:
    """Raises NotFound."""
    for entry in payment.refunds:
        if entry.refund_id == refund_id:
            return entry
    raise NotFound("not-found", "there is no such thing here")


def _undecided(payment: Payment, command: DecideRefund, change: Change, verb: str) -> Refund:
    entry = entry_of(payment, command.refund_id)
    if entry.status != "awaiting_approval":
        raise IllegalTransition(f"refund {entry.refund_id}", entry.status, verb)
    if entry.refunded_by.actor_id == change.by.actor_id:
        raise Forbidden("maker-is-checker", "a second person decides on a refund, not who asked for it")
    return entry


def _decided(entry: Refund, change: Change, **changes: Any) -> Refund:
    return replace(entry, decided_at=change.at, decided_by=change.by, decision_reason=change.reason, **changes)


def _sent(payment: Payment, entry: Refund, change: Change) -> PaymentOutcome:
    """On its way to a card, or done."""
    if payment.method == "card":
        return moved(payment, "request_refund", "noted", change, refunds=_with(payment, entry))
    settled = replace(entry, status="settled")
    return rebalanced(payment, "refunded", change, refunds=_with(payment, settled))


def _with(payment: Payment, entry: Refund) -> tuple[Refund, ...]:
    return in_order((*(r for r in payment.refunds if r.refund_id != entry.refund_id), entry))


def in_order(refunds: tuple[Refund, ...]) -> tuple[Refund, ...]:
    """By age, so that the order in which they were heard of does not matter."""
    return tuple(sorted(refunds, key=lambda r: (r.refunded_at, r.refund_id)))


def _check(payment: Payment, command: RefundPayment) -> None:
    demand_positive(command.amount)
    if command.amount.currency != payment.currency:
        raise BusinessError("currency-differs", f"the payment is in {payment.currency}", field="/amount")
    if (command.register_id is not None) != (payment.method == "cash"):
        message = "a cash refund names its register, and only a cash refund does"
        raise BusinessError(
            "register-required" if payment.method == "cash" else "register-not-used", message, field="/register_id"
        )
    if payment.method == "card":
        demand_chargeable(command.amount)
    left = payment.refundable
    if command.amount.amount_minor > left.amount_minor:
        raise BusinessError("refund-too-high", f"{written(left)} is left to refund", field="/amount")
