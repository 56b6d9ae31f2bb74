"""What is taken at a register otherwise than in cash: a card that pays on a terminal, a cheque.

It is in no drawer, and counts for the Z report: the register's next one, in its currency, has all since the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from cash_register.domain.days.tally import Turnover
from cash_register.domain.exports.vat import Taxed
from kernel.actor import Actor
from kernel.money import Money
from kernel.value import value

TakenBy = Literal["card_terminal", "cheque"]
"""What somebody at the desk takes. Cash has its drawer, a transfer its statement, a card online its payout."""
Method = Literal["cash", "card_terminal", "cheque"]
PaidBy = Method | Literal["none"]
"""`none` of what was paid before."""


@dataclass(frozen=True, slots=True)
class Allocated:
    """What of a payment went to an invoice, and what VAT that invoice has."""

    invoice_number: str
    amount_minor: int
    taxed: tuple[Taxed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """A payment (positive) or what was given back of it (negative). `number` counts from 1 on a register and currency.

    It is 0 until the register has taken it. A `deposit_used` is nothing paid: what was paid ahead of any invoice, and
    told so in an earlier Z report, is `used` for one now.
    """

    taking_id: str
    clinic_id: str
    register_id: str
    number: int = 0
    kind: Literal["payment", "refund", "deposit_used"]
    method: TakenBy | Literal["none"]
    amount: Money
    payment_id: str
    receipt_number: str | None = None
    used: Allocated | None = None
    reason: str | None = None
    at: datetime
    by: Actor


@value(kw_only=True)
class OfMethod(Turnover):
    """What was taken (in) and given back (out) in one way."""

    method: Method


@dataclass(frozen=True, slots=True)
class TakingRange:
    """Which takings are in a Z report: the numbers above `after`, up to `upto`."""

    after: int
    upto: int

    @property
    def count(self) -> int:
        return self.upto - self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Takings:
    """Of a register in one currency: the number of the last one, and what came since the last Z report."""

    currency: str
    last: int = 0
    reported: int = 0
    by_method: tuple[OfMethod, ...] = ()

    @property
    def unreported(self) -> TakingRange:
        return TakingRange(self.reported, self.last)

    def plus(self, taking: Taking) -> "Takings":
        """With one more; it has the next number."""
        if taking.method == "none":
            return replace(self, last=self.last + 1)
        before = next((of for of in self.by_method if of.method == taking.method), OfMethod(method=taking.method))
        minor = taking.amount.amount_minor
        after = replace(
            before,
            count=before.count + 1,
            in_minor=before.in_minor + max(minor, 0),
            out_minor=before.out_minor + max(-minor, 0),
        )
        others = tuple(of for of in self.by_method if of.method != taking.method)
        by_method = tuple(sorted((*others, after), key=lambda of: of.method))
        return replace(self, last=self.last + 1, by_method=by_method)

    def after_report(self) -> "Takings":
        """A Z report has them all."""
        return replace(self, reported=self.last, by_method=())


def takings_in(several: Sequence[Takings], currency: str) -> Takings:
    """In the currency, none where there never was one."""
    return next((one for one in several if one.currency == currency), Takings(currency=currency))


def put(several: Sequence[Takings], changed: Takings) -> tuple[Takings, ...]:
    """With those of its currency instead of what there was."""
    return (*(one for one in several if one.currency != changed.currency), changed)
