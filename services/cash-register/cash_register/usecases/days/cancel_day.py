"""Cancels a day that should not have been opened; its date may be opened again."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days import cancellation
from cash_register.domain.days.day import Day
from cash_register.domain.registers import register as registers
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change


@dataclass(frozen=True, slots=True)
class CancelDay:
    clinic_id: str
    register_id: str
    date: date


async def cancel_day(unit: Unit, store: Store, command: CancelDay, change: Change) -> Day:
    """The change's reason says why.

    Raises NotFound, IllegalTransition for a day that is not open, Conflict for one that cash has moved on, Forbidden
    for somebody who does not run the register.
    """
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    day = await store.days.get(unit.session, command.clinic_id, command.register_id, command.date)
    cancelled = cancellation.cancel(day, change)
    register = await store.registers.get(unit.session, day.clinic_id, day.register_id)

    await store.registers.save(unit, [registers.end_day(register).state], change)
    await store.days.save(unit, cancelled.events)
    await store.movements.add(unit, cancelled.events)
    publish(unit, cancelled.events)
    return cancelled.state
