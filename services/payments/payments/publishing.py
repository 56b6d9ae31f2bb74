"""What other services hear of payments: domain event to wire event, and nothing else."""

from collections.abc import Iterable
from typing import assert_never

from chassis.messaging.outbox import Unit
from contracts import payments as wire
from contracts.envelope import Event
from payments.domain.cards_on_file.card_charge import CardChargeEvent
from payments.domain.intake.lifecycle import PaymentEvent
from payments.domain.intake.payment import Payment


def publish(unit: Unit, events: Iterable[PaymentEvent | CardChargeEvent]) -> None:
    """In their order, each as of the moment of the change. What concerns nobody else is passed over."""
    for event in events:
        match event:
            case PaymentEvent(payment=payment):
                published, at = payment_event(event), payment.changed_at
            case CardChargeEvent(charge=charge):
                published, at = card_charge_event(event), charge.changed_at
            case _:
                assert_never(event)
        if published is not None:
            unit.say(published, at=at)


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
    """Patients are told before a card is charged, and when it is given up; the payment tells the rest."""
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
