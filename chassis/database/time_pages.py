"""Pages of a long list, read back in time span by span, so that each query is a plain range of an index, and small.

A database that walks an index in its order stops at the end of the page by itself. One that sorts what it found, or
takes no index for an `$or`, as the embedded one, would read all of a list for every page of it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.database.mongo import Collection, Document
from chassis.database.paging import Order, PageRequest, cursor_invalid
from kernel.clock import utc_now

FIRST = timedelta(minutes=1)
LONGER = 8
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
MOST_LISTS = 10_000


class TimePages:
    """Pages of one collection. Its order is by a time, newest first, and then by `_id`, also backwards."""

    def __init__(self, rows: Collection, order: Order) -> None:
        [(self._time, _), _] = order.keys
        self._rows = rows
        self._order = order
        self._spans: dict[str, timedelta | None] = {}
        self._ends: dict[str, datetime] = {}

    async def page(self, condition: Mapping[str, Any], request: PageRequest, *, long: bool = True) -> list[Document]:
        """One document more than the page holds, if there are as many. Raises as `Order.where`.

        A list that is not `long` is read to its end at once.
        """
        most, start = request.limit + 1, self._order.start(request)
        end = utc_now() if start is None else start[0]
        if not isinstance(end, datetime):
            raise cursor_invalid()
        found: list[Document] = []
        if start is not None:
            found = await self._find({**condition, self._time: end, "_id": {"$lt": start[1]}}, most)
            if len(found) == most:
                return found
        asked = repr(condition)
        span = self._spans.get(asked, FIRST) if long else None
        cursor = None if start is None else end
        upper, lower = cursor, _back(end, span)
        if start is None and span is not None:
            lower = self._ends.get(asked, lower)
        while len(found) < most:
            found += await self._find({**condition, **self._between(lower, upper)}, most - len(found))
            if lower is None or span is None:
                break
            upper, lower, span = lower, _back(lower, span), span * LONGER
        if long:
            self._remember(asked, found, cursor, full=len(found) == most)
        return found

    def _between(self, lower: datetime | None, upper: datetime | None) -> Document:
        # Not `$gte`, for which the embedded database leaves out what is equal in an index that goes down.
        after = None if lower is None else lower - timedelta(milliseconds=1)
        bounds = {name: bound for name, bound in (("$gt", after), ("$lt", upper)) if bound is not None}
        return {self._time: bounds} if bounds else {}

    async def _find(self, where: Document, most: int) -> list[Document]:
        rows: list[Document] = await self._rows.find(where).sort(self._order.sort).limit(most).to_list(most)
        return rows

    def _remember(self, asked: str, found: list[Document], cursor: datetime | None, *, full: bool) -> None:
        """Where the first page ended, as a time: what is new since then comes on top of it, and a quiet night does not.

        Of one behind a cursor, twice how far it reached. A list that is shorter than a page is read at once.
        """
        if len(self._spans) >= MOST_LISTS:
            self._spans.clear()
            self._ends.clear()
        if full:
            last = found[-1][self._time]
            self._spans[asked] = max(2 * ((cursor or found[0][self._time]) - last), FIRST)
            if cursor is None:
                self._ends[asked] = last
        elif cursor is None:
            self._spans[asked] = None


def _back(time: datetime, span: timedelta | None) -> datetime | None:
    """None for all that there is."""
    return None if span is None or span > time - EARLIEST else time - span
