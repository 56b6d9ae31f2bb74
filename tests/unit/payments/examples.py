"""Payments, invoices and commands to start from."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from payments.domain.cards.stripe_snapshot import StripeSnapshot, observe
from payments.domain.intake.intake import ChargeCard, TakeCash, TakeTransfer, intend_card, take_cash, take_transfer
from payments.domain.intake.lifecycle import PaymentEvent, PaymentOutcome
from payments.domain.intake.open_items import Allocation, Invoice, RegisterDay, Totals
from payments.domain.intake.payment import Payment
from payments.domain.intake.refunds import RefundPayment
from payments.publishing import payment_event

from kernel.actor import Actor
from kernel.change import Change
from kernel.money import Money

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DESK = Actor("usr-1", "Front Desk", "front_desk")
STRIPE = Actor("stripe", None, "system")
BY_DESK, BY_STRIPE = Change(AT, DESK), Change(AT, STRIPE)
RECEIPT = "R-clinic-berlin-000001"


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


_COMMON: dict[str, Any] = {
    "clinic_id": "clinic-berlin",
    "patient_id": "pat-77",
    "invoice_id": "inv-1",
    "amount": eur(10000),
    "allow_credit": False,
}


def cash_command(**changes: Any) -> TakeCash:
    return TakeCash(**{**_COMMON, "register_id": "till-1", "tendered": eur(12000), **changes})


def transfer_command(**changes: Any) -> TakeTransfer:
    given = {**_COMMON, "reference": "RF18539007547034", "received_on": date(2026, 11, 19), **changes}
    return TakeTransfer(**given)


def cash_payment() -> Payment:
    return take_cash(cash_command(), "pay-cash", RECEIPT, BY_DESK).state


def transfer_payment() -> Payment:
    return take_transfer(transfer_command(), "pay-bank", RECEIPT, BY_DESK).state


def card_payment() -> Payment:
    """Pending, its PaymentIntent not yet known."""
    return intend_card(ChargeCard(**_COMMON), "pay-card", BY_DESK).state


def snapshot(**changes: Any) -> StripeSnapshot:
    """An open PaymentIntent of the card payment."""
    return replace(StripeSnapshot("pi_1", "pay-card", "open"), **changes)


def heard(payment: Payment, seen: StripeSnapshot) -> PaymentOutcome:
    return observe(payment, seen, RECEIPT, BY_STRIPE)


def published(outcome: PaymentOutcome) -> tuple[PaymentEvent, ...]:
    """What others hear of, of the events: one a version, whoever hears of it."""
    assert [event.payment for event in outcome.events][-1:] in ([], [outcome.state])
    return tuple(event for event in outcome.events if payment_event(event) is not None)


def settled_card_payment() -> Payment:
    return heard(card_payment(), snapshot(status="succeeded", succeeded_at=AT, fee=eur(175))).state


def refund_command(**changes: Any) -> RefundPayment:
    given = {"payment_id": "pay-1", "amount": eur(4000), "reason": "crown not fitted", "register_id": None}
    return RefundPayment(**{**given, **changes})


def invoice(**changes: Any) -> Invoice:
    given = Invoice("inv-1", "clinic-berlin", "pat-77", "finalized", "EUR", Totals(eur(10000)), ())
    return replace(given, **changes)


def allocated(payment: Payment, amount_minor: int) -> Allocation:
    return Allocation(payment.payment_id, eur(amount_minor))


def open_day(**changes: Any) -> RegisterDay:
    return replace(RegisterDay("day-1", "clinic-berlin", "till-1", "open", "EUR"), **changes)
