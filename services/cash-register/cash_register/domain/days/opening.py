"""A day begins with the float in its drawer."""

from dataclasses import dataclass
from datetime import date

from cash_register.domain.days.cash import demand_countable
from cash_register.domain.days.day import Day, DayEvent, DayOpened, day_id_of, demand_currency
from kernel.change import Change
from kernel.money import Money
from kernel.outcome import Outcome


@dataclass(frozen=True, slots=True)
class OpenDay:
    """`date` is the clinic's local date, `opening` the float that was counted into the drawer."""

    clinic_id: str
    register_id: str
    date: date
    currency: str
    opening: Money


@dataclass(frozen=True, slots=True)
class DayTerms:
    """What the register's settings say, for a day that is opened by them; None as in `Day`."""

    tolerance: Money | None = None
    most_cash: Money | None = None


AS_IT_COMES = DayTerms()
"""Of a register that nobody configured."""


def open_day(command: OpenDay, change: Change, terms: DayTerms = AS_IT_COMES) -> Outcome[Day, DayEvent]:
    """Raises BusinessError for a float in another currency than the day's, or out of range."""
    demand_countable(command.opening, "/opening/amount_minor")
    demand_currency(command.opening, command.currency, "/opening/currency")
    nothing = Money(0, command.currency)
    day = Day(
        day_id=day_id_of(command.clinic_id, command.register_id, command.date),
        clinic_id=command.clinic_id,
        register_id=command.register_id,
        date=command.date,
        version=1,
        state="open",
        currency=command.currency,
        opening=command.opening,
        cash_in=nothing,
        cash_out=nothing,
        movement_count=0,
        late_count=0,
        tolerance=terms.tolerance,
        most_cash=terms.most_cash,
        opened_at=change.at,
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(day, (DayOpened(day),))
