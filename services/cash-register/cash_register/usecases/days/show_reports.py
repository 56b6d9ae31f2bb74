"""The X report of a day that is open, and the Z report of one that was closed: looked at, nothing changes."""

from dataclasses import dataclass
from datetime import date, datetime

from cash_register.domain.days.day import Day
from cash_register.domain.days.tally import Tally, tally_of
from cash_register.domain.days.totals import Totals, ZReport, totals_of
from cash_register.domain.registers.takings import takings_in
from cash_register.store import Store
from cash_register.usecases.days.reckon_day import reckon
from chassis.database.mongo import Session
from kernel.errors import Conflict, NotFound
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class XReport:
    """A day as it stands. `grand_total` is as if it were closed now."""

    day: Day
    totals: Totals
    grand_total: Money


async def show_x_report(store: Store, clinic_id: str, register_id: str, on: date, at: datetime) -> XReport:
    """Raises NotFound, and Conflict for a day that is not open any more."""
    day = await store.days.get(None, clinic_id, register_id, on)
    if day.status != "open":
        raise Conflict("day-not-open", "an X report is of a day that is open: read the Z report")
    register = await store.registers.get(None, clinic_id, register_id)
    takings = takings_in(register.takings, day.currency)
    reckoning = await reckon(None, store, day, takings.unreported, at)
    tally = await whole_tally(None, store, day)
    totals = totals_of(tally, day.currency, takings.by_method, reckoning.totals)
    before = register.turnover(day.currency) or Money(0, day.currency)
    return XReport(day, totals, before + totals.turnover)


async def show_z_report(store: Store, clinic_id: str, register_id: str, on: date) -> tuple[Day, ZReport]:
    """Raises NotFound, also for a day that was not closed with one."""
    day = await store.days.get(None, clinic_id, register_id, on)
    if day.z_report is None:
        raise NotFound("z-report-not-found", "this day was not closed with a Z report")
    return day, day.z_report


async def whole_tally(session: Session | None, store: Store, day: Day) -> Tally:
    """Of all movements in the day's currency: added up here where the day was opened before days did so themselves."""
    if day.tally is not None:
        return day.tally
    movements = await store.movements.all_of(session, day.day_id)
    return tally_of(movement for movement in movements if movement.amount.currency == day.currency)
