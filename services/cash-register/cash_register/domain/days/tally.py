"""What moved on a day, added up as it moves: a report of thousands of movements costs no more than one of ten."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from cash_register.domain.days.cash import Category, Movement
from kernel.actor import Actor
from kernel.value import value

BY_ITSELF = Actor("system", None, "system")
"""For who is not a person: each event that caused something would be another one."""


@value(kw_only=True)
class Turnover:
    """How many movements, and their sums into and out of the drawer, both positive, in minor units."""

    count: int = 0
    in_minor: int = 0
    out_minor: int = 0


@value(kw_only=True)
class OfCategory(Turnover):
    category: Category


@value(kw_only=True)
class OfVatRate(Turnover):
    """Of purchases, by the rate of their vouchers, or of tips to the clinic."""

    vat_rate: str


@value(kw_only=True)
class OfPerson(Turnover):
    person: Actor


T = TypeVar("T", bound=Turnover)


@value(kw_only=True)
class Tally:
    """By category, person and VAT rate, in the order in which they first came; `counter_entries` are in these as well.

    `by_vat_rate` is of purchases. Receipts are the first and the last of the payments, in the order of the books.
    """

    by_category: tuple[OfCategory, ...] = ()
    by_person: tuple[OfPerson, ...] = ()
    by_vat_rate: tuple[OfVatRate, ...] = ()
    tips_by_vat_rate: tuple[OfVatRate, ...] = ()
    counter_entries: Turnover = Turnover()
    rounding_minor: int = 0
    first_receipt: str | None = None
    last_receipt: str | None = None

    @property
    def count(self) -> int:
        """How many movements are in it."""
        return sum(line.count for line in self.by_category)

    @property
    def turnover_minor(self) -> int:
        """What was paid less what was given back."""
        paid = (line for line in self.by_category if line.category in ("payment", "refund"))
        return sum(line.in_minor - line.out_minor for line in paid)

    def plus(self, movement: Movement) -> "Tally":
        """With one movement more."""
        amount_minor, voucher = movement.amount.amount_minor, movement.voucher
        category = category_of(movement)
        person = BY_ITSELF if movement.by.role == "system" else movement.by
        paid = movement.receipt_number if movement.kind == "payment" else None
        return Tally(
            by_category=_with(
                self.by_category, amount_minor, lambda line: line.category == category, OfCategory(category=category)
            ),
            by_person=_with(
                self.by_person,
                amount_minor,
                lambda line: line.person.actor_id == person.actor_id,
                OfPerson(person=person),
            ),
            by_vat_rate=_at_rate(self.by_vat_rate, amount_minor, None if voucher is None else voucher.vat_rate),
            tips_by_vat_rate=_at_rate(self.tips_by_vat_rate, amount_minor, movement.vat_rate),
            counter_entries=self.counter_entries
            if movement.counters is None
            else _plus(self.counter_entries, amount_minor),
            rounding_minor=self.rounding_minor + (movement.rounding.amount_minor if movement.rounding else 0),
            first_receipt=self.first_receipt or paid,
            last_receipt=paid or self.last_receipt,
        )


def tally_of(movements: Iterable[Movement]) -> Tally:
    """Of movements in the order of the books."""
    tally = Tally()
    for movement in movements:
        tally = tally.plus(movement)
    return tally


def category_of(movement: Movement) -> Category:
    """Also of one that was booked before there were categories."""
    if movement.category is not None:
        return movement.category
    match movement.kind:
        case "payment" | "refund":
            return movement.kind
        case "pay_in" | "pay_out":
            return "other"


def _at_rate(lines: tuple[OfVatRate, ...], amount_minor: int, rate: str | None) -> tuple[OfVatRate, ...]:
    if rate is None:
        return lines
    return _with(lines, amount_minor, lambda line: line.vat_rate == rate, OfVatRate(vat_rate=rate))


def _with(lines: tuple[T, ...], amount_minor: int, is_it: Callable[[T], bool], fresh: T) -> tuple[T, ...]:
    """The lines, of which one takes the amount; it is begun where there is none."""
    known = lines if any(map(is_it, lines)) else (*lines, fresh)
    return tuple(_plus(line, amount_minor) if is_it(line) else line for line in known)


def _plus(turnover: T, amount_minor: int) -> T:
    into, out = max(amount_minor, 0), max(-amount_minor, 0)
    return replace(
        turnover,
        count=turnover.count + 1,
        in_minor=turnover.in_minor + into,
        out_minor=turnover.out_minor + out,
    )
