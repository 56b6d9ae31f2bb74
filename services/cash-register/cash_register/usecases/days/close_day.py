"""Closes a day with what was counted; what comes later counts for the next day."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days import closing
from cash_register.domain.days.cash import Count
from cash_register.domain.days.day import Day
from cash_register.domain.registers import register as registers
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change


@dataclass(frozen=True, slots=True)
class CloseDay:
    clinic_id: str
    register_id: str
    date: date
    count: Count


async def close_day(unit: Unit, store: Store, command: CloseDay, change: Change) -> Day:
    """Raises NotFound, IllegalTransition for a day that is not open, BusinessError for a variance without a reason or
    an unknown denomination, Forbidden for somebody who does not run the register.
    """
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    settings.demand_denominations(command.count)
    day = await store.days.get(unit.session, command.clinic_id, command.register_id, command.date)
    zone = await store.clinics.zone_of(unit.session, day.clinic_id)
    closed = closing.close(day, command.count, change, zone)
    register = await store.registers.get(unit.session, day.clinic_id, day.register_id)
    ended = registers.end_day(register)

    await store.registers.save(unit, [ended.state])
    await store.days.save(unit, [(day.version, closed.state)])
    publish(unit, closed.events)
    return closed.state
