"""A second pair of eyes accepts a closed day's variance."""

from datetime import date, datetime

from cash_register.domain.days import day as days
from cash_register.domain.days.day import Day
from cash_register.publishing import said
from cash_register.store.days import Store
from chassis.messaging.outbox import Unit
from kernel.actor import Actor


async def approve_day(
    unit: Unit, store: Store, clinic_id: str, register_id: str, on: date, at: datetime, by: Actor
) -> Day:
    """Raises NotFound, IllegalTransition, Conflict without a variance, Forbidden for the person who closed the day."""
    day = await store.day(unit.session, clinic_id, register_id, on)
    approved = days.approve(day, at, by)
    await store.save_days(unit.session, [(day.version, approved.day)])
    unit.say(said(approved), at=at)
    return approved.day
