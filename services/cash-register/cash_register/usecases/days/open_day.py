"""Opens a register's day, and books what waited for one."""

from datetime import datetime

from cash_register.domain.days import day as days
from cash_register.domain.days.day import Day, DayEvent, OpenDay
from cash_register.domain.registers import register as registers
from cash_register.publishing import said
from cash_register.store.days import Store
from chassis.messaging.outbox import Unit
from kernel.actor import Actor
from kernel.errors import Conflict


async def open_day(unit: Unit, store: Store, command: OpenDay, at: datetime, by: Actor) -> Day:
    """Raises Conflict while a day of the register is open, or for a date that had its; BusinessError for bad money."""
    opened = days.open_day(command, at, by)
    register = await store.register(unit.session, command.clinic_id, command.register_id)
    if await store.find_day(unit.session, opened.day.day_id) is not None:
        raise Conflict("day-exists", f"{command.date.isoformat()} was opened before: a date has one day")
    await store.save_registers(unit.session, [registers.opened(register, opened.day.day_id)])
    waiting = await store.waiting(unit.session, command.clinic_id, command.register_id, command.currency)
    late = days.record_all(opened.day, waiting, at)
    day = late[-1].day if late else opened.day
    await store.add_day(unit.session, day)
    await store.add_movements(unit.session, [recorded.movement for recorded in late])
    await store.end_waiting(unit.session, [recorded.movement.movement_id for recorded in late])
    events: list[DayEvent] = [opened, *late]
    for event in events:
        unit.say(said(event), at=at)
    return day
