"""What happened to a day, as cash-register says it on `cash-register.days`."""

from collections.abc import Iterable
from typing import assert_never

from cash_register.domain.days.day import (
    CashRecorded,
    DayApproved,
    DayCancelled,
    DayClosed,
    DayEvent,
    DayOpened,
    DayReckoned,
    DrawerCounted,
)
from chassis.messaging.outbox import Unit
from chassis.messaging.wire_json import WireFields
from contracts import cash_register as wire

_TYPES = (wire.DayOpened, wire.DrawerCounted, wire.DayCancelled, wire.DayClosed)
_FIELDS: dict[type[wire.RegisterDay], WireFields] = {type_: WireFields(type_) for type_ in _TYPES}
_RECORDED = WireFields(wire.CashRecorded, beside=("movement",))
_MOVEMENT = WireFields(wire.Movement)


def publish(unit: Unit, events: Iterable[DayEvent], traceparent: str | None = None) -> None:
    """Each event goes out as the whole day after the change; `traceparent` names its cause, if it is not the unit's."""
    for event in events:
        day, type_ = event.day, _type_of(event)
        unit.say_json(
            type_,
            _json_of(event, type_),
            subject=day.day_id,
            version=day.version,
            key=f"{day.clinic_id}/{day.register_id}",
            at=day.changed_at,
            traceparent=traceparent,
        )


def _type_of(event: DayEvent) -> type[wire.RegisterDay]:
    match event:
        case DayOpened():
            return wire.DayOpened
        case DayApproved(day):
            return wire.DayOpened if day.status == "open" else wire.DayClosed
        case DrawerCounted():
            return wire.DrawerCounted
        case DayCancelled():
            return wire.DayCancelled
        case DayClosed() | DayReckoned():
            return wire.DayClosed
        case CashRecorded():
            return wire.CashRecorded
        case _:
            assert_never(event)


def _json_of(event: DayEvent, type_: type[wire.RegisterDay]) -> bytes:
    if isinstance(event, CashRecorded):
        return _RECORDED.json(event.day, movement=_MOVEMENT.of(event.movement))
    return _FIELDS[type_].json(event.day)
