"""What an X and a Z report say of a day, in money."""

from dataclasses import dataclass

from cash_register.domain.days.cash import Category
from cash_register.domain.days.tally import Tally, Turnover
from kernel.actor import Actor
from kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many movements, and their sums into and out of the drawer, both positive."""

    count: int
    cash_in: Money
    cash_out: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryTotal(Total):
    category: Category


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTotal(Total):
    person: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRateTotal(Total):
    """Of purchases, by the VAT rate of their vouchers, in per cent."""

    vat_rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """By category and person, in the order in which they first came.

    `turnover` is what was paid less what was refunded. `counter_entries` took back other movements; they are in the
    other totals as well. `rounding` is what of the turnover comes of there being no smaller coins; None on reports from
    before cash was rounded.
    """

    by_category: tuple[CategoryTotal, ...]
    by_person: tuple[PersonTotal, ...]
    by_vat_rate: tuple[VatRateTotal, ...]
    counter_entries: Total
    rounding: Money | None = None
    first_receipt: str | None
    last_receipt: str | None
    turnover: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ZReport:
    """What a day was closed with. `number` has no gaps on a register; `grand_total` is its turnover since its first."""

    number: int
    totals: Totals
    grand_total: Money


def totals_of(tally: Tally, currency: str) -> Totals:
    """In the currency of the day."""

    def money(line: Turnover) -> tuple[int, Money, Money]:
        return line.count, Money(line.in_minor, currency), Money(line.out_minor, currency)

    def total(line: Turnover) -> Total:
        count, into, out = money(line)
        return Total(count=count, cash_in=into, cash_out=out)

    return Totals(
        by_category=tuple(
            CategoryTotal(category=line.category, count=count, cash_in=into, cash_out=out)
            for line in tally.by_category
            for count, into, out in [money(line)]
        ),
        by_person=tuple(
            PersonTotal(person=line.person, count=count, cash_in=into, cash_out=out)
            for line in tally.by_person
            for count, into, out in [money(line)]
        ),
        by_vat_rate=tuple(
            VatRateTotal(vat_rate=line.vat_rate, count=count, cash_in=into, cash_out=out)
            for line in tally.by_vat_rate
            for count, into, out in [money(line)]
        ),
        counter_entries=total(tally.counter_entries),
        rounding=Money(tally.rounding_minor, currency),
        first_receipt=tally.first_receipt,
        last_receipt=tally.last_receipt,
        turnover=Money(tally.turnover_minor, currency),
    )
