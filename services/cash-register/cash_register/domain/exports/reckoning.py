"""Which VAT is in what was taken on a day: told once, by what is known of its payments then, and kept with the day.

So the Z report and every export of the day have the same, whatever is told of its payments later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cash_register.domain.days.totals import TakenUnderVat
from cash_register.domain.exports.closings import Receipt
from cash_register.domain.exports.receipts import Origin
from cash_register.domain.exports.sums import by_key
from cash_register.domain.exports.vat import VatShare, per_cent
from kernel.money import Money

Books = Literal["movements", "takings"]


@dataclass(frozen=True, slots=True)
class OfPayment:
    """What was known of a payment."""

    payment_id: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ReckonedPage:
    """Some of a day's receipts, from `first` to `last` in its books, and what was known of their payments."""

    day_id: str
    clinic_id: str
    books: Books
    first: int
    last: int
    payments: tuple[OfPayment, ...]

    @property
    def key(self) -> str:
        return f"{self.day_id}/{self.books}/{self.first}"

    @property
    def origins(self) -> dict[str, Origin]:
        return {one.payment_id: one.origin for one in self.payments}


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Of a whole day."""

    totals: tuple[TakenUnderVat, ...]
    pages: tuple[ReckonedPage, ...]


def shares_in(receipts: Iterable[Receipt]) -> list[VatShare]:
    """Of payments and refunds, one a key."""
    return by_key(share for receipt in receipts for line in receipt.lines for share in line.shares)


def under_vat(shares: Sequence[VatShare], currency: str) -> tuple[TakenUnderVat, ...]:
    """By the keys of the tax offices, in their order; `shares` has one of each. What comes to nothing is left out."""
    return tuple(
        TakenUnderVat(
            vat_key=share.key.number,
            vat_rate=per_cent(share.key.rate_hundredths),
            gross=Money(share.gross_minor, currency),
            net=Money(share.net_minor, currency),
            tax=Money(share.tax_minor, currency),
        )
        for share in sorted(shares, key=lambda share: share.key.number)
        if share.gross_minor or share.net_minor
    )
