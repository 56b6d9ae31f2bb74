"""What cash-register says of a day is what the agreement says of it, byte for byte."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import bson
import pytest
from cash_register.domain.days.booking import record
from cash_register.domain.days.cancellation import cancel
from cash_register.domain.days.cash import Count, Voucher
from cash_register.domain.days.closing import approve, close
from cash_register.domain.days.day import CashRecorded, DayEvent, DayOpened
from cash_register.domain.days.handover import hand_over
from cash_register.publishing import publish
from cash_register.store.writing import as_fields, as_json
from pydantic import TypeAdapter

from chassis.database.mongo import CODEC, Session
from chassis.messaging.outbox import Unit
from contracts import cash_register as wire
from contracts.envelope import Message
from kernel.change import Change
from tests.unit.cash_register.drawer import AT, DESK, MANAGER, cash, eur, opened

LATER = Change(AT + timedelta(hours=2), DESK, "miscounted")
AGREED = Change(AT + timedelta(hours=3), MANAGER, "seen")


def whole_day() -> list[DayEvent]:
    """Each kind of event, and each part of one that may be there or not."""
    day = opened()
    purchase = replace(cash("pay_out", eur(250)), category="purchase", voucher=Voucher("19", "4711"), reason="towels")
    paid = replace(cash("payment", eur(1_000)), tendered=eur(2_000), change=eur(1_000), receipt_number="R-1")
    events: list[DayEvent] = [DayOpened(day)]
    for moved in (paid, purchase):
        events += record(day, moved, LATER).events
        day = events[-1].day
    counted = hand_over(day, Count(day.expected - eur(5)), "usr-2", LATER)
    closed = close(counted.state, Count(eur(9_000)), LATER, deposit=eur(4_000))
    return [*events, *counted.events, *closed.events, *approve(closed.state, AGREED).events]


def said(events: list[DayEvent]) -> list[Message]:
    unit = Unit(cast(Session, None), "/cash-register")
    publish(unit, events)
    return unit.messages


TYPES = {type_.TYPE.encode(): type_ for type_ in wire.RegisterDay.__subclasses__()}


@pytest.mark.parametrize("events", [whole_day(), [*cancel(opened(), LATER).events]])
def test_each_event_is_what_the_agreement_makes_of_its_day(events: list[DayEvent]) -> None:
    told = said(events)
    assert len(told) == len(events)
    for message in told:
        type_ = TYPES[dict(message.headers)["ce_type"] or b""]
        assert type_.model_validate_json(message.value or b"").model_dump_json().encode() == message.value


def test_a_day_and_a_movement_are_written_as_pydantic_writes_and_reads_them() -> None:
    for event in whole_day():
        for value in (event.day, *([event.movement] if isinstance(event, CashRecorded) else [])):
            kind = TypeAdapter[Any](type(value))
            assert as_json(value) == kind.dump_json(value)
            assert bson.encode(as_fields(value), codec_options=CODEC) == bson.encode(
                kind.dump_python(value), codec_options=CODEC
            )
            assert kind.validate_json(as_json(value)) == kind.validate_python(as_fields(value)) == value
