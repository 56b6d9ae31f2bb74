"""Hands a drawer over to the next person, with a count between the two."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days import handover
from cash_register.domain.days.cash import Count
from cash_register.domain.days.day import Day
from cash_register.publishing import publish
from cash_register.store import Store
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class HandOver:
    """`taken_over_by` is the next person, by the subject of their token.

    `after` is how many handovers the day had when who counted began: of two at once, the second one counts again.
    """

    clinic_id: str
    register_id: str
    date: date
    count: Count
    taken_over_by: str | None = None
    after: int | None = None


async def hand_over(unit: Unit, store: Store, command: HandOver, change: Change) -> Day:
    """The change's reason explains a difference, which is booked.

    Raises NotFound, IllegalTransition for a day that is not open, BusinessError for a difference without a reason or an
    unknown denomination, Conflict for too many handovers and for another one at the same time, Forbidden for somebody
    who does not run the register.
    """
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    settings.demand_denominations(command.count)
    day = await store.days.get(unit.session, command.clinic_id, command.register_id, command.date)
    if command.after not in (None, len(day.handovers)):
        raise Conflict("changed-meanwhile", "the drawer was handed over by somebody else meanwhile: count again")
    blind = not await store.looks.has_seen(unit.session, day, change.by.actor_id)
    handed = handover.hand_over(day, command.count, command.taken_over_by, change, blind=blind)

    await store.days.save(unit, handed.events)
    await store.movements.add(unit, handed.events)
    publish(unit, handed.events)
    return handed.state
