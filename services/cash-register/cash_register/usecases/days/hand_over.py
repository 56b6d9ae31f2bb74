"""Hands a drawer over to the next person, with a count between the two."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days import handover
from cash_register.domain.days.cash import Count
from cash_register.domain.days.day import CashRecorded, Day
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change


@dataclass(frozen=True, slots=True)
class HandOver:
    """`taken_over_by` is the next person, by the subject of their token."""

    clinic_id: str
    register_id: str
    date: date
    count: Count
    taken_over_by: str | None = None


async def hand_over(unit: Unit, store: Store, command: HandOver, change: Change) -> Day:
    """The change's reason explains a difference, which is booked.

    Raises NotFound, IllegalTransition for a day that is not open, BusinessError for a difference without a reason or an
    unknown denomination, Conflict for too many handovers, Forbidden for somebody who does not run the register.
    """
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    settings.demand_denominations(command.count)
    day = await store.days.get(unit.session, command.clinic_id, command.register_id, command.date)
    handed = handover.hand_over(day, command.count, command.taken_over_by, change)

    await store.days.save(unit, [(day.version, handed.state)])
    await store.movements.add(unit, [event.movement for event in handed.events if isinstance(event, CashRecorded)])
    publish(unit, handed.events)
    return handed.state
