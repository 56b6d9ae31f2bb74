"""Closes a day with what was counted; what comes later counts for the next day."""

from dataclasses import dataclass
from datetime import date, datetime

from cash_register.domain.days import day as days
from cash_register.domain.days.cash import Count
from cash_register.domain.days.day import Day
from cash_register.domain.registers import register as registers
from cash_register.publishing import said
from cash_register.store.days import Store
from chassis.messaging.outbox import Unit
from kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class CloseDay:
    """`reason` explains a variance."""

    clinic_id: str
    register_id: str
    date: date
    count: Count
    reason: str | None


async def close_day(unit: Unit, store: Store, command: CloseDay, at: datetime, by: Actor) -> Day:
    """Raises NotFound, IllegalTransition for a day that is not open, BusinessError for a variance without a reason."""
    day = await store.day(unit.session, command.clinic_id, command.register_id, command.date)
    closed = days.close(day, command.count, command.reason, at, by)
    register = await store.register(unit.session, day.clinic_id, day.register_id)
    await store.save_registers(unit.session, [registers.closed(register)])
    await store.save_days(unit.session, [(day.version, closed.day)])
    unit.say(said(closed), at=at)
    return closed.day
