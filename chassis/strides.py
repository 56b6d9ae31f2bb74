"""Pages of a long list, read back in time in strides, so that each query is a plain range of an index and a small one.

A database that walks an index in its order stops at the end of the page by itself. One that sorts what it found, or
takes no index for an `$or`, as the embedded one, would read all of a list for every page of it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.kernel.clock import utc_now
from chassis.mongo import Collection, Document
from chassis.paging import Order, PageRequest
from chassis.problems import HttpProblem

FIRST = timedelta(minutes=1)
LONGER = 8
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
MOST_LISTS = 10_000


class Strides:
    """Pages of one collection. Its order is by a time, newest first, and then by `_id`, also backwards."""

    def __init__(self, rows: Collection, order: Order) -> None:
        [(self._time, _), _] = order.keys
        self._rows = rows
        self._order = order
        self._reaches: dict[str, timedelta | None] = {}
        self._firsts: dict[str, datetime] = {}

    async def page(self, condition: Mapping[str, Any], request: PageRequest, *, long: bool = True) -> list[Document]:
        """One document more than the page holds, if there are as many. Raises HttpProblem 400 as `Order.where`.

        A list that is not `long` is read to its end at once.
        """
        most, start = request.limit + 1, self._order.start(request)
        end = utc_now() if start is None else start[0]
        if not isinstance(end, datetime):
            raise HttpProblem(400, "cursor-invalid", "this is no cursor of this list", field="cursor")
        found: list[Document] = []
        if start is not None:
            found = await self._find({**condition, self._time: end, "_id": {"$lt": start[1]}}, most)
            if len(found) == most:
                return found
        asked = repr(condition)
        upper, reach = None if start is None else end, self._reaches.get(asked, FIRST) if long else None
        if start is None and reach is not None and asked in self._firsts:
            reach = max(end - self._firsts[asked], FIRST)
        while len(found) < most:
            lower = None if reach is None or reach > end - EARLIEST else end - reach
            found += await self._find({**condition, **self._between(lower, upper)}, most - len(found))
            if lower is None or reach is None:
                break
            upper, reach = lower, reach * LONGER
        if long:
            self._remember(asked, found[-1][self._time] if len(found) == most else None, end, start is None)
        return found

    def _between(self, lower: datetime | None, upper: datetime | None) -> Document:
        # Not `$gte`, for which the embedded database leaves out what is equal in an index that goes down.
        after = None if lower is None else lower - timedelta(milliseconds=1)
        bounds = {name: bound for name, bound in (("$gt", after), ("$lt", upper)) if bound is not None}
        return {self._time: bounds} if bounds else {}

    async def _find(self, where: Document, most: int) -> list[Document]:
        rows: list[Document] = await self._rows.find(where).sort(self._order.sort).limit(most).to_list(most)
        return rows

    def _remember(self, asked: str, last: datetime | None, end: datetime, is_first: bool) -> None:
        """Twice as far as this page reached; a list that is shorter than a page is read at once the next time."""
        if len(self._reaches) >= MOST_LISTS:
            self._reaches.clear()
        if last is not None:
            self._reaches[asked] = max(2 * (end - last), FIRST)
        elif is_first:
            self._reaches[asked] = None
