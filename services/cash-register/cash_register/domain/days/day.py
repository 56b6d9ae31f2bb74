"""A register's day: opened with a float, moved by cash, closed by a count, approved when the count differs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never

from cash_register.domain.days.cash import MAX_DRAWER_MINOR, Cash, Denomination, Movement
from kernel.actor import Actor
from kernel.errors import BusinessError, IllegalTransition
from kernel.ids import derived_id
from kernel.money import Money

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


def day_id_of(clinic_id: str, register_id: str, on: date) -> str:
    """A register has one day a date."""
    return derived_id("day", clinic_id, register_id, on.isoformat())


def next_state(day: Day, command: DayCommand) -> DayState:
    """Raises IllegalTransition for what the table does not have."""
    state = TRANSITIONS.get((day.state, command))
    if state is None:
        raise IllegalTransition(day.day_id, day.state, command)
    return state


def demand_currency(amount: Money, currency: str, field: str) -> None:
    """Raises BusinessError for an amount in another currency than the drawer's."""
    if amount.currency != currency:
        raise BusinessError("currency-differs", f"the drawer is in {currency}, not in {amount.currency}", field=field)
