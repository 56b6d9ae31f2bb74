"""How old what is owed is: open amounts by the days since they were due, together and of each payer."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from invoicing.domain.invoice.invoice import PayingPart
from invoicing.domain.invoice.payers import THE_PATIENT, Payer
from invoicing.domain.receivables.account import OpenInvoice
from kernel.money import Money

BUCKETS = ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
_LAST_DAYS = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class AgedShare:
    """What one payer owes in one currency, by its age; the buckets sum to `total`."""

    part: PayingPart
    payer_id: str | None
    payer_name: str | None
    current: Money
    days_1_30: Money
    days_31_60: Money
    days_61_90: Money
    days_over_90: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Aged:
    """What is open in one currency, by its age; the buckets sum to `total`, and each is the sum of the payers'.

    What has no due date is current.
    """

    current: Money
    days_1_30: Money
    days_31_60: Money
    days_61_90: Money
    days_over_90: Money
    total: Money
    payers: tuple[AgedShare, ...] = ()


class Ageing:
    """Adds up open invoices as of one day, in the space of one row a payer and currency."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._sums: dict[str, dict[Payer, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * len(BUCKETS)))
        self._names: dict[Payer, str] = {}

    def add(self, invoices: Iterable[OpenInvoice]) -> None:
        """Each instalment counts by its own due date."""
        for invoice in invoices:
            for share in invoice.shares:
                payer = share.part, share.payer_id
                if share.payer_name is not None:
                    self._names[payer] = share.payer_name
                sums = self._sums[invoice.due.currency][payer]
                for due_on, amount_minor in invoice.parts_of(share):
                    sums[_bucket(due_on, self._day)] += amount_minor

    def result(self) -> tuple[Aged, ...]:
        """One for each currency, by its code; the patients first, then the insurers by their ids."""
        return tuple(
            Aged(
                *_amounts([sum(by_age) for by_age in zip(*sums.values(), strict=True)], currency),
                tuple(
                    AgedShare(*payer, self._names.get(payer), *_amounts(sums[payer], currency))
                    for payer in sorted(sums, key=lambda payer: (payer != THE_PATIENT, payer[1] or ""))
                ),
            )
            for currency, sums in sorted(self._sums.items())
        )


def aged(invoices: Iterable[OpenInvoice], day: date) -> tuple[Aged, ...]:
    """What is open, for each currency, as of the day."""
    ageing = Ageing(day)
    ageing.add(invoices)
    return ageing.result()


def _amounts(by_age: list[int], currency: str) -> tuple[Money, Money, Money, Money, Money, Money]:
    """What is in each bucket, and all of it."""
    current, to_30, to_60, to_90, over, total = (Money(amount, currency) for amount in (*by_age, sum(by_age)))
    return current, to_30, to_60, to_90, over, total


def _bucket(due_on: date | None, day: date) -> int:
    late = 0 if due_on is None else (day - due_on).days
    return sum(late > last for last in _LAST_DAYS)
