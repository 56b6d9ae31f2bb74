"""What each statement of a file has of each booking day, with the balances before and after it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from payments.domain.bank.accounts import account_key
from payments.domain.bank.overlap import DaySlice
from payments.domain.bank.statement import (
    Entry,
    StatementFormat,
    StatementHead,
    StatementInvalid,
    StatementItem,
    slice_id,
)

MOST_DAYS = 10_000
"""In one file: a statement has a year at most."""
MOST_BALANCES = 1_000
"""Of a day so many are kept."""


@dataclass
class _Day:
    """A booking day of a statement, as its entries go by."""

    head: StatementHead
    source: str
    day: date
    entries: int = 0
    credits: int = 0
    moved: int = 0
    reopened: bool = False
    passed: set[int] = field(default_factory=set)

    def take(self, entry: Entry) -> None:
        """What it adds to the balance; the further transactions of a batch add nothing."""
        if self.entries and entry.counts_minor == 0:
            return
        if len(self.passed) <= MOST_BALANCES:
            self.passed.add(self.moved)
        self.entries += 1
        self.credits += entry.counts_minor > 0
        self.moved += entry.counts_minor
        self.reopened |= self.moved == 0


class DayCollector:
    """What each statement of a file has of each day, noted while the file goes by."""

    def __init__(self, file_id: str, format_: StatementFormat) -> None:
        self._file_id = file_id
        self._format = format_
        self._days: dict[str, _Day] = {}

    def noting(self, items: Iterable[StatementItem]) -> Iterator[StatementItem]:
        """The same items. Raises StatementInvalid for more days than a file can have."""
        head: StatementHead | None = None
        source, statements = "", 0
        for item in items:
            if isinstance(item, StatementHead):
                head, statements = item, statements + 1
                source = f"{self._file_id}/{statements}"
            elif head is not None:
                key = slice_id(source, item.booked_on)
                if key not in self._days:
                    if len(self._days) >= MOST_DAYS:
                        raise StatementInvalid("too-many-days", f"the file has more than {MOST_DAYS} booking days")
                    self._days[key] = _Day(head, source, item.booked_on)
                self._days[key].take(item)
            yield item

    def slices(self) -> Iterator[DaySlice]:
        """Balances of a day are those of its statement and of what was booked on the days before it."""
        moved: Counter[str] = Counter()
        whole: Counter[str] = Counter()
        for day in self._days.values():
            whole[day.source] += day.moved
        for key, day in sorted(self._days.items(), key=lambda item: (item[1].source, item[1].day)):
            head = day.head
            opening = head.opening_minor
            if opening is None and head.closing_minor is not None:
                opening = head.closing_minor - whole[day.source]
            begins = None if opening is None else opening + moved[day.source]
            moved[day.source] += day.moved
            yield DaySlice(
                slice_id=key,
                source=day.source,
                account=account_key(head.account),
                day=day.day,
                format=self._format,
                statement=f"{head.statement_id}/{head.opening_minor}/{head.closing_minor}",
                opening_minor=begins,
                closing_minor=None if begins is None else begins + day.moved,
                entries=day.entries,
                credits=day.credits,
                passed=None if len(day.passed) > MOST_BALANCES else tuple(sorted(day.passed)),
                reopened=day.reopened,
            )
