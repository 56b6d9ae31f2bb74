"""Closes a day with what was counted and its Z report; what comes later counts for the next day."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days import closing
from cash_register.domain.days.cash import Count
from cash_register.domain.days.closing import CloseTerms
from cash_register.domain.days.day import Day
from cash_register.domain.registers import register as registers
from cash_register.domain.registers.takings import takings_in
from cash_register.publishing import publish
from cash_register.store import Store
from cash_register.usecases.days.reckon_day import reckon_at_close
from cash_register.usecases.days.show_reports import whole_tally
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class CloseDay:
    """`deposit` is what of the count goes to the bank."""

    clinic_id: str
    register_id: str
    date: date
    count: Count
    deposit: Money | None = None


async def close_day(unit: Unit, store: Store, command: CloseDay, change: Change) -> Day:
    """The Z report takes the register's next number in the same transaction: there is no gap, and no number twice.

    Raises NotFound, IllegalTransition for a day that is not open, BusinessError for a variance without a reason, an
    unknown denomination, or a deposit of more than was counted; Forbidden for somebody who does not run the register.
    """
    settings = await store.settings.of(unit.session, command.clinic_id, command.register_id)
    settings.demand_operator(change.by)
    settings.demand_denominations(command.count)
    day = await store.days.get(unit.session, command.clinic_id, command.register_id, command.date)
    register = await store.registers.get(unit.session, day.clinic_id, day.register_id)
    takings = takings_in(register.takings, day.currency)
    reckoning = await reckon_at_close(unit.session, store, day, takings.unreported, change.at)
    terms = CloseTerms(
        zone=await store.clinics.zone_of(unit.session, day.clinic_id),
        z_number=register.z_number + 1,
        turnover_before=register.turnover(day.currency),
        tally=await whole_tally(unit.session, store, day),
        takings=takings,
        taken_under_vat=None if reckoning is None else reckoning.totals,
        counted_blind=not await store.looks.has_seen(unit.session, day, change.by.actor_id),
    )
    closed = closing.close(day, command.count, change, terms, command.deposit)

    await store.registers.save(unit, [registers.end_day(register, closed.state.z_report).state], change)
    await store.days.save(unit, closed.events)
    await store.reckonings.add(unit, () if reckoning is None else reckoning.pages, change)
    publish(unit, closed.events)
    return closed.state
