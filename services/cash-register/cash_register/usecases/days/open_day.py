"""Opens a register's day, and books what waited for one."""

from cash_register.domain.days import booking, opening
from cash_register.domain.days.day import Day
from cash_register.domain.days.opening import DayTerms, OpenDay
from cash_register.domain.registers import register as registers
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import Conflict


async def open_day(unit: Unit, store: Store, command: OpenDay, change: Change) -> Day:
    """Raises Conflict while a day of the register is open, or for a date that had its; BusinessError for bad money or
    another currency than the register's; Forbidden for somebody who does not run it.
    """
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    settings.demand_currency(command.currency)
    opened = opening.open_day(command, change, DayTerms(settings.tolerance, settings.most_cash))
    register = await store.registers.get(unit.session, command.clinic_id, command.register_id)
    if await store.days.find(unit.session, opened.state.day_id) is not None:
        raise Conflict("day-exists", f"{command.date.isoformat()} was opened before: a date has one day")
    begun = registers.begin_day(register, opened.state.day_id)
    waiting = await store.waiting.of(unit.session, command.clinic_id, command.register_id, command.currency)
    recorded = booking.record_waiting(opened.state, waiting, change.at)
    movements = [event.movement for event in recorded.events]

    await store.registers.save(unit, [begun.state])
    await store.days.save(unit, [(0, recorded.state)])
    await store.movements.add(unit, movements)
    await store.waiting.end(unit, [movement.movement_id for movement in movements])
    publish(unit, [*opened.events, *recorded.events])
    return recorded.state
