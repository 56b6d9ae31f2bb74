"""What an X and a Z report say of a day, in money."""

from collections.abc import Iterable
from dataclasses import dataclass

from cash_register.domain.days.cash import Category
from cash_register.domain.days.tally import OfVatRate, Tally, Turnover
from cash_register.domain.registers.takings import Method, OfMethod
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
    """Of purchases, by the VAT rate of their vouchers, in per cent; or of tips to the clinic."""

    vat_rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodTotal:
    """What was taken and given back in one way, both positive."""

    method: Method
    count: int
    taken: Money
    given_back: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUnderVat:
    """What was taken less what was given back under one VAT key (`domain.exports.vat`): gross = net + tax.

    `vat_rate` is in per cent. What cash rounding made of it is in it, without VAT.
    """

    vat_key: int
    vat_rate: str
    gross: Money
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """By category and person, in the order in which they first came.

    `by_method` and `taken_under_vat` are of all that patients paid here, in cash or not; None on reports from before
    that was told. `taken_under_vat` is None as well until it is reckoned.

    `turnover` is what was paid less what was refunded. `counter_entries` took back other movements; they are in the
    other totals as well. `rounding` is what of the turnover comes of there being no smaller coins; None on reports from
    before cash was rounded.
    """

    by_category: tuple[CategoryTotal, ...]
    by_person: tuple[PersonTotal, ...]
    by_vat_rate: tuple[VatRateTotal, ...]
    tips_by_vat_rate: tuple[VatRateTotal, ...] = ()
    by_method: tuple[MethodTotal, ...] | None = None
    taken_under_vat: tuple[TakenUnderVat, ...] | None = None
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


def totals_of(
    tally: Tally,
    currency: str,
    other_methods: Iterable[OfMethod] = (),
    taken_under_vat: tuple[TakenUnderVat, ...] | None = None,
) -> Totals:
    """In the currency of the day. `other_methods` are those beside cash."""

    def money(line: Turnover) -> tuple[int, Money, Money]:
        return line.count, Money(line.in_minor, currency), Money(line.out_minor, currency)

    def total(line: Turnover) -> Total:
        count, into, out = money(line)
        return Total(count=count, cash_in=into, cash_out=out)

    def rates(lines: Iterable[OfVatRate]) -> tuple[VatRateTotal, ...]:
        return tuple(
            VatRateTotal(vat_rate=line.vat_rate, count=count, cash_in=into, cash_out=out)
            for line in lines
            for count, into, out in [money(line)]
        )

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
        by_vat_rate=rates(tally.by_vat_rate),
        tips_by_vat_rate=rates(tally.tips_by_vat_rate),
        by_method=tuple(_method(line, currency) for line in (_cash(tally), *other_methods) if line.count),
        taken_under_vat=taken_under_vat,
        counter_entries=total(tally.counter_entries),
        rounding=Money(tally.rounding_minor, currency),
        first_receipt=tally.first_receipt,
        last_receipt=tally.last_receipt,
        turnover=Money(tally.turnover_minor, currency),
    )


def _cash(tally: Tally) -> OfMethod:
    """What patients paid in cash, and got back."""
    lines = [line for line in tally.by_category if line.category in ("payment", "refund")]
    return OfMethod(
        method="cash",
        count=sum(line.count for line in lines),
        in_minor=sum(line.in_minor for line in lines),
        out_minor=sum(line.out_minor for line in lines),
    )


def _method(line: OfMethod, currency: str) -> MethodTotal:
    return MethodTotal(
        method=line.method,
        count=line.count,
        taken=Money(line.in_minor, currency),
        given_back=Money(line.out_minor, currency),
    )
