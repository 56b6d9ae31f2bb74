"""A day begins with the float in its drawer: what the last close left there."""

from dataclasses import dataclass, replace
from datetime import date

from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Cash, Count
from cash_register.domain.days.day import Day, DayEvent, DayOpened, day_id_of, demand_currency
from cash_register.domain.days.local_time import LocalTime
from cash_register.domain.days.tally import Tally
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.ids import derived_id
from kernel.money import Money
from kernel.outcome import Outcome


@dataclass(frozen=True, slots=True)
class OpenDay:
    """`date` is the clinic's local date, `count` the float that was found in the drawer."""

    clinic_id: str
    register_id: str
    date: date
    currency: str
    count: Count


@dataclass(frozen=True, slots=True)
class DayTerms:
    """What a day is opened by: the clinic's time zone, the register's settings, and what its last close left.

    None as in `Day`; `left` is None where no day in this currency was closed before, `cancelled` is the day of the
    same date that was opened by mistake.
    """

    zone: str | None = None
    tolerance: Money | None = None
    most_cash: Money | None = None
    left: Money | None = None
    cancelled: Day | None = None


AS_IT_COMES = DayTerms()
"""Of a register that nobody configured or closed."""


def open_day(command: OpenDay, change: Change, terms: DayTerms = AS_IT_COMES) -> Outcome[Day, DayEvent]:
    """The day begins with what was left; another count is booked as a difference, and the change's reason explains it.

    Raises BusinessError for another date than today's, a float in another currency than the day's, and a difference
    that nobody explains.
    """
    LocalTime(change.at, terms.zone).demand_today(command.date)
    counted = command.count.total
    demand_currency(counted, command.currency, "/opening/currency")
    opening = counted if terms.left is None else terms.left
    if counted != opening and change.reason is None:
        raise BusinessError(
            "variance-unexplained", "this is not what the last close left: a reason is required", field="/reason"
        )
    day = _begun(command, opening, change, terms)
    outcome: Outcome[Day, DayEvent] = Outcome(day, (DayOpened(day),))
    if counted == opening:
        return outcome
    found = record(day, difference(day, counted - opening, change), change)
    return Outcome(found.state, (*outcome.events, *found.events))


def demand_free(before: Day | None, on: date) -> None:
    """A date has one day. Raises Conflict where it had one that was not cancelled."""
    if before is not None and before.state != "cancelled":
        raise Conflict("day-exists", f"{on.isoformat()} was opened before: a date has one day")


def difference(day: Day, amount: Money, change: Change) -> Cash:
    """What is found in the drawer beyond what should be there, or (negative) is missing."""
    return Cash(
        movement_id=derived_id("mov", "difference", day.day_id, str(day.version)),
        clinic_id=day.clinic_id,
        register_id=day.register_id,
        kind="pay_in" if amount.amount_minor > 0 else "pay_out",
        category="difference",
        amount=amount,
        reason=change.reason,
        at=change.at,
        by=change.by,
    )


def _begun(command: OpenDay, opening: Money, change: Change, terms: DayTerms) -> Day:
    nothing = Money(0, command.currency)
    day = Day(
        day_id=day_id_of(command.clinic_id, command.register_id, command.date),
        clinic_id=command.clinic_id,
        register_id=command.register_id,
        date=command.date,
        version=1,
        state="open",
        currency=command.currency,
        opening=opening,
        opening_counted=command.count.total,
        opening_denominations=command.count.denominations,
        opening_reason=None if command.count.total == opening else change.reason,
        opened_by=change.by,
        cash_in=nothing,
        cash_out=nothing,
        movement_count=0,
        late_count=0,
        tally=Tally(),
        tolerance=terms.tolerance,
        most_cash=terms.most_cash,
        opened_at=change.at,
        changed_at=change.at,
        changed_by=change.by,
    )
    return day if terms.cancelled is None else _after(terms.cancelled, day)


def _after(cancelled: Day, day: Day) -> Day:
    """The day goes on where the cancelled one ended: its movements stay on the books, and come to nothing.

    In another currency they are not of this day's sums.
    """
    count = cancelled.movement_count
    after = replace(day, version=cancelled.version + 1, movement_count=count, movements_before=count)
    if cancelled.currency != day.currency:
        return after
    return replace(after, cash_in=cancelled.cash_in, cash_out=cancelled.cash_out, tally=cancelled.tally)
