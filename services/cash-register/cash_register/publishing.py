"""What happened to a day, as cash-register says it on `cash-register.days`."""

from collections.abc import Iterable
from typing import assert_never

from cash_register.domain.days.day import (
    CashRecorded,
    Day,
    DayApproved,
    DayCancelled,
    DayClosed,
    DayEvent,
    DayOpened,
    DayReckoned,
    DrawerCounted,
)
from chassis.messaging.outbox import Unit
from contracts import cash_register as wire


def publish(unit: Unit, events: Iterable[DayEvent], traceparent: str | None = None) -> None:
    """Each event goes out as the whole day after the change; `traceparent` names its cause, if it is not the unit's."""
    for event in events:
        unit.say(_on_the_wire(event), at=event.day.changed_at, traceparent=traceparent)


def _on_the_wire(event: DayEvent) -> wire.RegisterDay:
    match event:
        case DayOpened(day):
            return _opened(day)
        case DayApproved(day) if day.status == "open":
            return _opened(day)
        case DrawerCounted(day):
            return wire.DrawerCounted.model_validate(day, from_attributes=True)
        case DayCancelled(day):
            return wire.DayCancelled.model_validate(day, from_attributes=True)
        case DayClosed(day) | DayReckoned(day) | DayApproved(day):
            return wire.DayClosed.model_validate(day, from_attributes=True)
        case CashRecorded(day, movement):
            snapshot = wire.RegisterDay.model_validate(day, from_attributes=True)
            moved = wire.Movement.model_validate(movement, from_attributes=True)
            return wire.CashRecorded(**dict(snapshot), movement=moved)
        case _:
            assert_never(event)


def _opened(day: Day) -> wire.DayOpened:
    return wire.DayOpened.model_validate(day, from_attributes=True)
