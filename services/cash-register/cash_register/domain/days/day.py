"""A register's day: opened with a float, moved by cash, closed by a count, approved when the count differs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Literal, assert_never

from cash_register.domain.days.cash import MAX_DRAWER_MINOR, Cash, Count, Denomination, Movement, demand_countable
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden, IllegalTransition
from kernel.ids import derived_id
from kernel.money import Money, written
from kernel.outcome import Outcome

DayState = Literal["open", "closed", "approved"]
DayStatus = Literal["open", "closed"]
DayCommand = Literal["record cash", "close", "approve"]

TRANSITIONS: dict[tuple[DayState, DayCommand], DayState] = {
    ("open", "record cash"): "open",
    ("open", "close"): "closed",
    ("closed", "approve"): "approved",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the drawer should hold, and once counted, did hold. All money is in the day's one currency.

    `tolerance` and `most_cash` are the register's as the day was opened; None: no tolerance, and no bound.
    """

    day_id: str
    clinic_id: str
    register_id: str
    date: date
    version: int
    state: DayState
    currency: str
    opening: Money
    cash_in: Money
    cash_out: Money
    movement_count: int
    late_count: int
    tolerance: Money | None = None
    most_cash: Money | None = None
    counted: Money | None = None
    denominations: tuple[Denomination, ...] = ()
    variance_reason: str | None = None
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by: Actor | None = None
    approved_at: datetime | None = None
    approved_by: Actor | None = None
    changed_at: datetime
    changed_by: Actor

    @property
    def status(self) -> DayStatus:
        """An approved day is a closed one."""
        match self.state:
            case "open":
                return "open"
            case "closed" | "approved":
                return "closed"
            case _:
                assert_never(self.state)

    @property
    def expected(self) -> Money:
        """opening + payments - refunds + pay-ins - pay-outs."""
        return self.opening + self.cash_in - self.cash_out

    @property
    def deposit_due(self) -> bool:
        """Whether the drawer should hold more than the register may."""
        return self.most_cash is not None and self.expected.amount_minor > self.most_cash.amount_minor

    @property
    def variance(self) -> Money | None:
        """counted - expected: below zero, cash is missing."""
        return None if self.counted is None else self.counted - self.expected

    @property
    def awaiting_approval(self) -> bool:
        """Whether the variance is more than one person may let pass, and no second one has agreed yet."""
        return self.state == "closed" and not self.tolerates(self.variance)

    def tolerates(self, variance: Money | None) -> bool:
        """Whether nobody besides the cashier has to look at it."""
        most_minor = 0 if self.tolerance is None else self.tolerance.amount_minor
        return variance is None or abs(variance.amount_minor) <= most_minor

    def takes(self, cash: Cash) -> bool:
        """Whether the cash is of the day's currency and the day's sums stay countable with it."""
        moved = self.cash_in if cash.amount.amount_minor > 0 else self.cash_out
        room_minor = MAX_DRAWER_MINOR - moved.amount_minor
        return cash.amount.currency == self.currency and abs(cash.amount.amount_minor) <= room_minor


@dataclass(frozen=True, slots=True)
class DayOpened:
    day: Day


@dataclass(frozen=True, slots=True)
class CashRecorded:
    """`day` is the day with the movement on its books."""

    day: Day
    movement: Movement


@dataclass(frozen=True, slots=True)
class DayClosed:
    day: Day


@dataclass(frozen=True, slots=True)
class DayApproved:
    day: Day


DayEvent = DayOpened | CashRecorded | DayClosed | DayApproved


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


def day_id_of(clinic_id: str, register_id: str, on: date) -> str:
    """A register has one day a date."""
    return derived_id("day", clinic_id, register_id, on.isoformat())


def open_day(command: OpenDay, change: Change, terms: DayTerms = AS_IT_COMES) -> Outcome[Day, DayEvent]:
    """Raises BusinessError for a float in another currency than the day's, or out of range."""
    demand_countable(command.opening, "/opening/amount_minor")
    _demand_currency(command.opening, command.currency, "/opening/currency")
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


def record(day: Day, cash: Cash, change: Change, *, late: bool = False) -> Outcome[Day, CashRecorded]:
    """Raises IllegalTransition for a day that is not open, BusinessError for cash that it does not take.

    A pay-out may exceed what is expected: payments are heard of a moment after their cash is in the drawer.
    """
    state = _next(day, "record cash")
    _demand_currency(cash.amount, day.currency, "/amount/currency")
    if not day.takes(cash):
        most = written(Money(MAX_DRAWER_MINOR, day.currency))
        raise BusinessError("amount-out-of-range", f"a day moves at most {most}", field="/amount")
    into = cash.amount.amount_minor > 0
    after = replace(
        day,
        state=state,
        version=day.version + 1,
        cash_in=day.cash_in + cash.amount if into else day.cash_in,
        cash_out=day.cash_out if into else day.cash_out - cash.amount,
        movement_count=day.movement_count + 1,
        late_count=day.late_count + late,
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (CashRecorded(after, _booked(cash, after, late)),))


def record_waiting(day: Day, waiting: Iterable[Cash], at: datetime) -> Outcome[Day, CashRecorded]:
    """What waited and the day takes, one after the other. Raises IllegalTransition for a day that is not open."""
    outcome: Outcome[Day, CashRecorded] = Outcome(day)
    for cash in waiting:
        if outcome.state.takes(cash):
            outcome = outcome.then(partial(record, cash=cash, change=Change(at, cash.by), late=True))
    return outcome


def close(day: Day, count: Count, change: Change) -> Outcome[Day, DayEvent]:
    """The change's reason explains a variance; without one it is not kept.

    Raises IllegalTransition for a day that is not open, BusinessError for a variance that nobody explains.
    """
    state = _next(day, "close")
    _demand_currency(count.total, day.currency, "/counted/currency")
    if count.total != day.expected and change.reason is None:
        raise BusinessError(
            "variance-unexplained", "what was counted is not what is expected: a reason is required", field="/reason"
        )
    after = replace(
        day,
        state=state,
        version=day.version + 1,
        counted=count.total,
        denominations=count.denominations,
        variance_reason=change.reason if count.total != day.expected else None,
        closed_at=change.at,
        closed_by=change.by,
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (DayClosed(after),))


def approve(day: Day, change: Change) -> Outcome[Day, DayEvent]:
    """The checker is not the maker.

    Raises IllegalTransition unless the day is closed and not yet approved, Conflict for a variance within tolerance,
    and Forbidden for the person who closed it.
    """
    state = _next(day, "approve")
    if day.tolerates(day.variance):
        raise Conflict("nothing-to-approve", f"{day.day_id} was closed without a variance that anybody has to approve")
    if day.closed_by is not None and day.closed_by.actor_id == change.by.actor_id:
        raise Forbidden("maker-is-checker", "who closed a day cannot approve its variance")
    after = replace(
        day,
        state=state,
        version=day.version + 1,
        approved_at=change.at,
        approved_by=change.by,
        changed_at=change.at,
        changed_by=change.by,
    )
    return Outcome(after, (DayApproved(after),))


def _next(day: Day, command: DayCommand) -> DayState:
    state = TRANSITIONS.get((day.state, command))
    if state is None:
        raise IllegalTransition(day.day_id, day.state, command)
    return state


def _demand_currency(amount: Money, currency: str, field: str) -> None:
    if amount.currency != currency:
        raise BusinessError("currency-differs", f"the drawer is in {currency}, not in {amount.currency}", field=field)


def _booked(cash: Cash, day: Day, late: bool) -> Movement:
    return Movement(
        movement_id=cash.movement_id,
        clinic_id=cash.clinic_id,
        register_id=cash.register_id,
        kind=cash.kind,
        amount=cash.amount,
        payment_id=cash.payment_id,
        reason=cash.reason,
        at=cash.at,
        by=cash.by,
        day_id=day.day_id,
        version=day.version,
        late=late,
    )
