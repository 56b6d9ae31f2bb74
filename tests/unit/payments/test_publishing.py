"""What others hear of: each event of the domain is one event of the wire, or none."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast, get_args

import pytest
from payments.domain.bank.lifecycle import TransactionEvent, TransactionEventKind
from payments.domain.cards_on_file.card_charge import CardChargeEvent, CardChargeEventKind
from payments.domain.cards_on_file.card_on_file import CardEvent, CardEventKind
from payments.domain.intake.lifecycle import PaymentEvent, PaymentEventKind
from payments.publishing import card_charge_event, on_the_wire, payment_event, publish, wire_payment

from chassis.messaging.outbox import Unit
from contracts import payments as wire
from contracts.envelope import Event
from kernel.change import Change
from tests.unit.payments.bank.test_matching import moved_in
from tests.unit.payments.examples import (
    AT,
    BY_DESK,
    BY_STRIPE,
    DESK,
    cash_payment,
    heard,
    settled_card_payment,
    snapshot,
)
from tests.unit.payments.test_card_charge import announced
from tests.unit.payments.test_card_on_file import pending

PAYMENT_EVENTS: dict[PaymentEventKind, type[Event] | None] = {
    "received": wire.PaymentReceived,
    "failed": wire.PaymentFailed,
    "refunded": wire.PaymentRefunded,
    "disputed": wire.PaymentDisputed,
    "noted": None,
}
CHARGE_EVENTS: dict[CardChargeEventKind, type[Event] | None] = {
    "announced": wire.CardChargeAnnounced,
    "started": None,
    "postponed": None,
    "paid": None,
    "given_up": wire.CardChargeFailed,
    "dropped": None,
}


@dataclass
class RecordingUnit:
    """In place of a unit: what it is given to publish."""

    events: list[tuple[Event, datetime]] = field(default_factory=list)

    def say(self, event: Event, *, at: datetime) -> None:
        self.events.append((event, at))


@pytest.mark.parametrize("kind", get_args(PaymentEventKind))
def test_an_event_of_a_payment_is_the_one_of_its_kind(kind: PaymentEventKind) -> None:
    event = payment_event(PaymentEvent(kind, cash_payment(), BY_DESK))
    assert (None if event is None else type(event)) == PAYMENT_EVENTS[kind]


@pytest.mark.parametrize("kind", get_args(CardChargeEventKind))
def test_an_event_of_a_charge_is_the_one_of_its_kind(kind: CardChargeEventKind) -> None:
    event = card_charge_event(CardChargeEvent(kind, announced(), BY_DESK))
    assert (None if event is None else type(event)) == CHARGE_EVENTS[kind]


def test_events_go_out_in_their_order_each_as_of_its_change_and_what_is_only_noted_does_not() -> None:
    unit, payment = RecordingUnit(), settled_card_payment()
    later = Change(AT.replace(hour=11), DESK)
    events = [PaymentEvent("received", payment, BY_DESK), PaymentEvent("noted", payment, BY_DESK)]
    events.append(PaymentEvent("disputed", replace(payment, version=9), later))
    publish(cast("Unit", unit), [*events, CardChargeEvent("announced", announced(), BY_STRIPE)])
    assert [(type(event), at) for event, at in unit.events] == [
        (wire.PaymentReceived, AT),
        (wire.PaymentDisputed, later.at),
        (wire.CardChargeAnnounced, AT),
    ]


@pytest.mark.parametrize("kind", get_args(TransactionEventKind))
def test_a_bank_transaction_is_published_as_its_payments_alone(kind: TransactionEventKind) -> None:
    assert on_the_wire(TransactionEvent(kind, moved_in("btx-1", 100), BY_DESK)) is None


@pytest.mark.parametrize("kind", get_args(CardEventKind))
def test_a_card_on_file_is_published_as_its_charges_alone(kind: CardEventKind) -> None:
    assert on_the_wire(CardEvent(kind, pending(), BY_DESK)) is None


def test_what_changes_nothing_publishes_nothing() -> None:
    unit, settled = RecordingUnit(), settled_card_payment()
    publish(cast("Unit", unit), heard(settled, snapshot()).events)
    assert unit.events == []
    assert wire_payment(settled).payment_id == settled.payment_id
