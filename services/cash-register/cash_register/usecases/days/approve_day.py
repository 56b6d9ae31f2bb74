"""A second pair of eyes accepts a closed day's variance."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days import closing
from cash_register.domain.days.day import Day
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change


@dataclass(frozen=True, slots=True)
class ApproveDay:
    clinic_id: str
    register_id: str
    date: date


async def approve_day(unit: Unit, store: Store, command: ApproveDay, change: Change) -> Day:
    """Raises NotFound, IllegalTransition, Conflict without a variance, Forbidden for the person who closed the day."""
    day = await store.days.get(unit.session, command.clinic_id, command.register_id, command.date)
    approved = closing.approve(day, change)

    await store.days.save(unit, approved.events)
    publish(unit, approved.events)
    return approved.state
