"""A register's day: opened with a float, moved by cash, closed by a count, approved where a count differs too much."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, assert_never

from cash_register.domain.days.cash import MAX_DRAWER_MINOR, Cash, Denomination, Movement
from cash_register.domain.days.local_time import LocalTime
from cash_register.domain.days.tally import Tally
from cash_register.domain.days.totals import ZReport
from cash_register.domain.registers.takings import TakingRange
from kernel.actor import Actor
from kernel.errors import BusinessError, IllegalTransition
from kernel.ids import derived_id
from kernel.money import Money
from kernel.value import value

DayState = Literal["open", "closed", "approved", "cancelled"]
DayStatus = Literal["open", "closed"]
DayCommand = Literal[
    "record cash",
    "hand over",
    "close",
    "cancel",
    "approve the opening",
    "approve a handover",
    "approve the close",
]
ApprovalCommand = Literal["approve the opening", "approve a handover", "approve the close"]
LONG = timedelta(hours=24)

TRANSITIONS: dict[tuple[DayState, DayCommand], DayState] = {
    ("open", "record cash"): "open",
    ("open", "hand over"): "open",
    ("open", "close"): "closed",
    ("open", "cancel"): "cancelled",
    ("open", "approve the opening"): "open",
    ("closed", "approve the opening"): "closed",
    ("approved", "approve the opening"): "approved",
    ("open", "approve a handover"): "open",
    ("closed", "approve a handover"): "closed",
    ("approved", "approve a handover"): "approved",
    ("closed", "approve the close"): "approved",
}


@dataclass(frozen=True, slots=True)
class Approval:
    """What waits for a second person, and who the first one was; `handover` is its number."""

    command: ApprovalCommand
    maker: Actor | None
    handover: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A count between two people. `taken_over_by` is the second one, by the subject of their token, where it was said.

    `counted` - `expected` was booked as a difference; `reason` explains it. `counted_blind` as of a `Day`.
    """

    number: int
    at: datetime
    by: Actor
    taken_over_by: str | None = None
    expected: Money
    counted: Money
    denominations: tuple[Denomination, ...] = ()
    reason: str | None = None
    approved_at: datetime | None = None
    approved_by: Actor | None = None
    counted_blind: bool | None = None

    @property
    def variance(self) -> Money:
        """What was found beyond what should be there; below zero, cash is missing."""
        return self.counted - self.expected


@value(kw_only=True)
class Day:
    """What the drawer should hold, and once counted, did hold. All money is in the day's one currency.

    `opening` is what the last close left, and `opening_counted` what was found of it; a difference is a movement. They
    are the same on the first day of a register; None on days from before floats were a chain, which began with
    `opening`. `movements_before` were booked, and booked back, by openings of the same date that were cancelled.
    `tally` is what moved in the day's currency, None on days that were opened before days added it up themselves.
    `tolerance` and `most_cash` are the register's as the day was opened; None: no tolerance, and no bound.
    `takings` are what its Z report has beside cash; `reckoned` is whether that tells the VAT. Both are None of a day
    that is open, or was closed before there were such. `counted_blind` is whether who counted at the close had not been
    told what should be there; None as well where nobody noted it.
    """

    day_id: str
    clinic_id: str
    register_id: str
    date: date
    version: int
    state: DayState
    currency: str
    opening: Money
    opening_counted: Money | None = None
    opening_denominations: tuple[Denomination, ...] = ()
    opening_reason: str | None = None
    opening_approved_at: datetime | None = None
    opening_approved_by: Actor | None = None
    opened_by: Actor | None = None
    cash_in: Money
    cash_out: Money
    movement_count: int
    late_count: int
    movements_before: int = 0
    tally: Tally | None = None
    handovers: tuple[Handover, ...] = ()
    tolerance: Money | None = None
    most_cash: Money | None = None
    counted: Money | None = None
    denominations: tuple[Denomination, ...] = ()
    deposit: Money | None = None
    takings: TakingRange | None = None
    z_report: ZReport | None = None
    reckoned: bool | None = None
    variance_reason: str | None = None
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by: Actor | None = None
    closed_late: bool = False
    counted_blind: bool | None = None
    approved_at: datetime | None = None
    approved_by: Actor | None = None
    cancelled_at: datetime | None = None
    cancelled_by: Actor | None = None
    cancel_reason: str | None = None
    changed_at: datetime
    changed_by: Actor

    @property
    def status(self) -> DayStatus:
        """An approved day is a closed one, and so is one that was cancelled: it takes no cash."""
        match self.state:
            case "open":
                return "open"
            case "closed" | "approved" | "cancelled":
                return "closed"
            case _:
                assert_never(self.state)

    @property
    def expected(self) -> Money:
        """opening + all that moved: payments - refunds + pay-ins - pay-outs."""
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
    def left(self) -> Money | None:
        """What the close left in the drawer for the next day: what was counted less what went to the bank."""
        if self.counted is None or self.deposit is None:
            return self.counted
        return self.counted - self.deposit

    @property
    def opening_variance(self) -> Money:
        """What was found at the opening beyond what should have been there; below zero, cash was missing."""
        return (self.opening if self.opening_counted is None else self.opening_counted) - self.opening

    @property
    def is_empty(self) -> bool:
        """Whether nothing has moved but what its opening booked."""
        own = self.movement_count - self.movements_before
        return own == (1 if self.opening_variance.amount_minor else 0) and not self.handovers

    @property
    def awaits(self) -> tuple[Approval, ...]:
        """What one person may not let pass, and no second one has agreed to yet."""
        opening = self.state != "cancelled" and self.opening_approved_at is None
        waiting: list[Approval] = []
        if opening and not self.tolerates(self.opening_variance):
            waiting.append(Approval("approve the opening", self.opened_by))
        if self.state != "cancelled":
            waiting += [
                Approval("approve a handover", handover.by, handover.number)
                for handover in self.handovers
                if handover.approved_at is None and not self.tolerates(handover.variance)
            ]
        if self.state == "closed" and not self.tolerates(self.variance):
            waiting.append(Approval("approve the close", self.closed_by))
        return tuple(waiting)

    @property
    def awaiting_approval(self) -> bool:
        """Whether a second person has to look at the day."""
        return bool(self.awaits)

    def is_run_by(self, actor_id: str) -> bool:
        """Whether they opened it, counted it, or took it over."""
        opened = self.opened_by is not None and self.opened_by.actor_id == actor_id
        return opened or any(actor_id in (each.by.actor_id, each.taken_over_by) for each in self.handovers)

    def is_long(self, at: datetime) -> bool:
        """Whether it has been open for longer than a day has hours."""
        return self.state == "open" and at - self.opened_at > LONG

    def is_forgotten(self, now: LocalTime) -> bool:
        """Whether it is open although its date is over at the clinic."""
        return self.state == "open" and now.is_after(self.date)

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


@value
class CashRecorded:
    """`day` is the day with the movement on its books."""

    day: Day
    movement: Movement


@dataclass(frozen=True, slots=True)
class DayClosed:
    day: Day


@dataclass(frozen=True, slots=True)
class DayReckoned:
    """Its Z report tells the VAT of what was taken."""

    day: Day


@dataclass(frozen=True, slots=True)
class DayApproved:
    """`reason` is what the second person said of why they agree."""

    day: Day
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DayCancelled:
    day: Day


@dataclass(frozen=True, slots=True)
class DrawerCounted:
    """The drawer went from one person to another; it is the last of the day's handovers."""

    day: Day


DayEvent = DayOpened | CashRecorded | DrawerCounted | DayClosed | DayReckoned | DayApproved | DayCancelled


def reason_of(event: DayEvent) -> str | None:
    """What who did it said of why."""
    match event:
        case DayOpened(day):
            return day.opening_reason
        case CashRecorded(_, movement):
            return movement.reason
        case DrawerCounted(day):
            return day.handovers[-1].reason
        case DayClosed(day):
            return day.variance_reason
        case DayReckoned():
            return None
        case DayCancelled(day):
            return day.cancel_reason
        case DayApproved(_, reason):
            return reason
        case _:
            assert_never(event)


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
