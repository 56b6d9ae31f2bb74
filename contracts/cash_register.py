"""What cash-register says: `cash-register.days`."""

from datetime import date
from typing import ClassVar, Literal

from contracts.envelope import Event
from contracts.money import Currency, Money
from contracts.values import ActorRef, Id, Text, Time, Value

MovementKind = Literal["payment", "refund", "pay_in", "pay_out"]


class Movement(Value):
    """Cash in (positive) or out (negative) of the drawer; `late` when it waited for a day to be opened."""

    movement_id: Id
    kind: MovementKind
    amount: Money
    payment_id: Id | None = None
    reason: Text | None = None
    late: bool = False
    at: Time
    by: ActorRef


class RegisterDay(Event):
    """A register's day after a change. expected = opening + cash in - cash out; variance = counted - expected."""

    day_id: Id
    clinic_id: Id
    register_id: Id
    date: date
    version: int
    status: Literal["open", "closed"]
    currency: Currency
    opening: Money
    cash_in: Money
    cash_out: Money
    expected: Money
    counted: Money | None = None
    variance: Money | None = None
    variance_reason: Text | None = None
    movement_count: int
    late_count: int = 0
    opened_at: Time
    closed_at: Time | None = None
    closed_by: ActorRef | None = None
    approved_at: Time | None = None
    approved_by: ActorRef | None = None
    changed_at: Time
    changed_by: ActorRef

    @property
    def subject(self) -> str:
        return self.day_id

    @property
    def key(self) -> str:
        return f"{self.clinic_id}/{self.register_id}"


class DayOpened(RegisterDay):
    """The drawer was counted and opened."""

    TYPE: ClassVar[str] = "cash-register.day-opened.v1"


class CashRecorded(RegisterDay):
    """Cash went in or out; `movement` is the one that did."""

    TYPE: ClassVar[str] = "cash-register.cash-recorded.v1"
    movement: Movement


class DayClosed(RegisterDay):
    """The drawer was counted and closed (Z report); said again, with `approved_at`, when its variance is approved."""

    TYPE: ClassVar[str] = "cash-register.day-closed.v1"
