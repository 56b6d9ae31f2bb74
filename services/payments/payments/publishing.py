"""What other services hear of payments: domain event to wire event, and nothing else."""

from collections.abc import Iterable
from typing import assert_never

from chassis.messaging.outbox import Unit
from contracts import payments as wire
from contracts.envelope import Event
from payments.domain.bank.lifecycle import TransactionEvent
from payments.domain.cards_on_file.card_charge import CardChargeEvent
from payments.domain.cards_on_file.card_on_file import CardEvent
from payments.domain.intake.lifecycle import PaymentEvent
from payments.domain.intake.payment import Payment

DomainEvent = PaymentEvent | TransactionEvent | CardEvent | CardChargeEvent


def publish(unit: Unit, events: Iterable[DomainEvent]) -> None:
    """In their order, each as of the moment of the change. What concerns nobody else is passed over."""
    for event in events:
        published = on_the_wire(event)
        if published is not None:
            unit.say(published, at=event.change.at)


def on_the_wire(event: DomainEvent) -> Event | None:
    """None for what is of interest here alone: transactions are published as their payments, cards as their charges."""
    match event:
        case PaymentEvent():
            return payment_event(event)
        case CardChargeEvent():
            return card_charge_event(event)
        case TransactionEvent() | CardEvent():
            return None
        case _:
            assert_never(event)


def payment_event(event: PaymentEvent) -> Event | None:
    """None for a version that is of interest here alone."""
    match event.kind:
        case "received":
            return wire.PaymentReceived.model_validate(event.payment, from_attributes=True)
        case "failed":
            return wire.PaymentFailed.model_validate(event.payment, from_attributes=True)
        case "refunded":
            return wire.PaymentRefunded.model_validate(event.payment, from_attributes=True)
        case "disputed":
            return wire.PaymentDisputed.model_validate(event.payment, from_attributes=True)
        case "noted":
            return None
        case _:
            assert_never(event.kind)


def card_charge_event(event: CardChargeEvent) -> Event | None:
    """Patients hear of it before a card is charged, and when it is given up; the rest is in the payment's events."""
    match event.kind:
        case "announced":
            return wire.CardChargeAnnounced.model_validate(event.charge, from_attributes=True)
        case "given_up":
            return wire.CardChargeFailed.model_validate(event.charge, from_attributes=True)
        case "started" | "postponed" | "paid" | "dropped":
            return None
        case _:
            assert_never(event.kind)


def wire_payment(payment: Payment) -> wire.Payment:
    """The payment as the wire and the API show it."""
    return wire.Payment.model_validate(payment, from_attributes=True)
