"""Cash that moved, and what a drawer was found to hold."""

from dataclasses import InitVar, dataclass, replace
from datetime import datetime
from typing import Literal

from kernel.actor import Actor
from kernel.errors import BusinessError
from kernel.ids import derived_id
from kernel.money import Money, written
from kernel.value import value

MovementKind = Literal["payment", "refund", "pay_in", "pay_out"]
DeskMovementKind = Literal["pay_in", "pay_out"]
Category = Literal[
    "payment",
    "refund",
    "difference",
    "bank_deposit",
    "float_change",
    "private_deposit",
    "private_withdrawal",
    "tip",
    "purchase",
    "wages",
    "other",
]
"""The business case. A `difference` is what a count found beyond what should be there, or missing."""

MAX_AMOUNT_MINOR = 10**12
"""Of one movement: beyond it somebody mistyped."""
MAX_DRAWER_MINOR = 10**15
"""Of a float, a count, and a day's cash either way: their sums stay within what is exact on the wire (2^53)."""
_SIGN: dict[MovementKind, int] = {"payment": 1, "refund": -1, "pay_in": 1, "pay_out": -1}


@dataclass(frozen=True, slots=True)
class Voucher:
    """Of a purchase: the VAT that is in it, in per cent as a decimal string, and the number of its receipt."""

    vat_rate: str
    number: str


@value(kw_only=True)
class Cash:
    """Cash into (positive) or out of (negative) the drawer of a register, whatever day it counts for.

    Of a payment, `tendered` - `change` is its amount. `rounding` is what of the amount comes of there being no smaller
    coins: more (positive) or less than was to be paid or given back. `vat_rate` is the VAT that is in a tip to the
    clinic, in per cent as a decimal string. `counters` is the movement that a counter-entry takes back.
    """

    movement_id: str
    clinic_id: str
    register_id: str
    kind: MovementKind
    category: Category | None = None
    amount: Money
    payment_id: str | None = None
    receipt_number: str | None = None
    invoice_id: str | None = None
    tendered: Money | None = None
    change: Money | None = None
    rounding: Money | None = None
    voucher: Voucher | None = None
    vat_rate: str | None = None
    counters: str | None = None
    reason: str | None = None
    at: datetime
    by: Actor


@value(kw_only=True)
class Movement(Cash):
    """Cash on the books of a day, as the change that made the day's `version`.

    `late` when it moved before the day was opened, or waited for one that takes it.
    """

    day_id: str
    version: int
    late: bool


@dataclass(frozen=True, slots=True)
class Denomination:
    """`count` coins or notes of `value_minor` each."""

    value_minor: int
    count: int


@dataclass(frozen=True, slots=True)
class Count:
    """What was found in the drawer, in all and maybe coin by coin. Raises BusinessError when these differ.

    `field` is what the caller calls the total.
    """

    total: Money
    denominations: tuple[Denomination, ...] = ()
    field: InitVar[str] = "/counted"

    def __post_init__(self, field: str) -> None:
        demand_countable(self.total, field)
        found = sum(d.value_minor * d.count for d in self.denominations)
        if self.denominations and found != self.total.amount_minor:
            raise BusinessError(
                "denominations-differ",
                f"the denominations add up to {written(replace(self.total, amount_minor=found))}, "
                f"not to {written(self.total)}",
                field="/denominations",
            )


def signed(kind: MovementKind, amount: Money, field: str | None = None) -> Money:
    """The amount as it changes the drawer. Raises BusinessError for one that is not positive, or beyond all reason."""
    if not 0 < amount.amount_minor <= MAX_AMOUNT_MINOR:
        most = written(Money(MAX_AMOUNT_MINOR, amount.currency))
        raise BusinessError("amount-out-of-range", f"an amount is above zero and at most {most}", field=field)
    return Money(_SIGN[kind] * amount.amount_minor, amount.currency)


def demand_change(amount: Money, tendered: Money | None, change: Money | None) -> None:
    """Raises BusinessError where tendered - change is not the amount. Both are None where nobody said."""
    if tendered is None:
        return
    nothing = Money(0, tendered.currency)
    if tendered - (change or nothing) != amount:
        raise BusinessError("change-differs", "what was handed over less what was given back is not the amount")


def demand_countable(amount: Money, field: str) -> None:
    """Raises BusinessError for what no drawer can hold: less than nothing, or beyond all reason."""
    if not 0 <= amount.amount_minor <= MAX_DRAWER_MINOR:
        most = written(Money(MAX_DRAWER_MINOR, amount.currency))
        raise BusinessError("amount-out-of-range", f"a drawer holds nothing, or at most {most}", field=field)


def payment_movement_id(payment_id: str) -> str:
    """One movement a payment, however often and in whatever version it is heard of."""
    return derived_id("mov", "payment", payment_id)


def refund_movement_id(payment_id: str, refund_id: str) -> str:
    """One movement a refund."""
    return derived_id("mov", "refund", payment_id, refund_id)
