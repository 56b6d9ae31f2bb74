"""Takes back what was moved at the desk: the same cash the other way, on the day that is open."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days import desk
from cash_register.domain.days.day import CashRecorded, day_id_of
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class CounterMovement:
    """`date` is of the day that has the movement; it may be closed."""

    clinic_id: str
    register_id: str
    date: date
    movement_id: str


async def counter_movement(unit: Unit, store: Store, command: CounterMovement, change: Change) -> CashRecorded:
    """The open day and the counter-entry. The change's reason is its reason.

    Raises NotFound for a movement that the day does not have; Conflict while no day is open, for one that has its
    counter-entry, and for what was not moved at the desk; BusinessError as a movement; Forbidden for somebody who does
    not run the register.
    """
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    movement = await store.movements.find(unit.session, command.movement_id)
    if movement is None or movement.day_id != day_id_of(command.clinic_id, command.register_id, command.date):
        raise NotFound("movement-not-found", "this day has no such movement")
    if await store.movements.known(unit.session, [desk.counter_entry_id(movement.movement_id)]):
        raise Conflict("already-countered", f"{movement.movement_id} was taken back before")
    register = await store.registers.get(unit.session, command.clinic_id, command.register_id)
    day = await store.days.find(unit.session, register.open_day_id) if register.open_day_id else None
    if day is None:
        raise Conflict("no-open-day", "a counter-entry is booked on the day that is open: open one")
    outcome = desk.counter(day, movement, change)
    [recorded] = outcome.events

    await store.days.save(unit, outcome.events)
    await store.movements.add(unit, outcome.events)
    publish(unit, outcome.events)
    return recorded
