"""How old what is owed is: open amounts by the days since they were due."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from invoicing.domain.receivables.account import OpenInvoice
from kernel.money import Money

BUCKETS = ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
_LAST_DAYS = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class Aged:
    """What is open in one currency, by its age; the buckets sum to `total`. What has no due date is current."""

    current: Money
    days_1_30: Money
    days_31_60: Money
    days_61_90: Money
    days_over_90: Money
    total: Money


class Ageing:
    """Adds up open invoices as of one day, in constant space."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._sums: dict[str, list[int]] = defaultdict(lambda: [0] * len(BUCKETS))

    def add(self, invoices: Iterable[OpenInvoice]) -> None:
        """Each instalment counts by its own due date."""
        for invoice in invoices:
            sums = self._sums[invoice.due.currency]
            for due_on, amount_minor in invoice.parts:
                sums[_bucket(due_on, self._day)] += amount_minor

    def result(self) -> tuple[Aged, ...]:
        """One for each currency, by its code."""
        return tuple(
            Aged(*(Money(amount, currency) for amount in [*sums, sum(sums)]))
            for currency, sums in sorted(self._sums.items())
        )


def aged(invoices: Iterable[OpenInvoice], day: date) -> tuple[Aged, ...]:
    """What is open, for each currency, as of the day."""
    ageing = Ageing(day)
    ageing.add(invoices)
    return ageing.result()


def _bucket(due_on: date | None, day: date) -> int:
    late = 0 if due_on is None else (day - due_on).days
    return sum(late > last for last in _LAST_DAYS)
