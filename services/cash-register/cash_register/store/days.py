"""Days, by the id that clinic, register and date give them."""

from collections.abc import AsyncIterator, Sequence
from datetime import date

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from cash_register.domain.days.day import Day, day_id_of
from chassis.database.mongo import Document, Mongo, Session
from chassis.database.paging import Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.errors import NotFound

COLLECTION = "days"
INDEXES = [
    IndexModel([("clinic_id", ASCENDING), ("register_id", ASCENDING), ("date", DESCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("date", ASCENDING), ("register_id", ASCENDING)]),
]
NEWEST_FIRST = Order((("date", -1),))
_DAY = TypeAdapter(Day)


class Days:
    """What is replaced must have the version it was read with."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION)

    async def get(self, session: Session | None, clinic_id: str, register_id: str, on: date) -> Day:
        """Raises NotFound."""
        found = await self.find(session, day_id_of(clinic_id, register_id, on))
        if found is None:
            raise NotFound("day-not-found", "this register has no such day")
        return found

    async def find(self, session: Session | None, day_id: str) -> Day | None:
        return (await self.of(session, [day_id])).get(day_id)

    async def of(self, session: Session | None, day_ids: Sequence[str]) -> dict[str, Day]:
        """Those that exist, by id."""
        if not day_ids:
            return {}
        rows = await self._rows.find({"_id": {"$in": list(day_ids)}}, session=session).to_list(None)
        return {row["_id"]: _DAY.validate_python(row) for row in rows}

    async def page(self, clinic_id: str, register_id: str, request: PageRequest) -> Page[Day]:
        """Of a register, the newest first."""
        where = NEWEST_FIRST.where({"clinic_id": clinic_id, "register_id": register_id}, request)
        rows = await self._rows.find(where, sort=NEWEST_FIRST.sort, limit=request.limit + 1).to_list(None)
        return NEWEST_FIRST.page(rows, request, _DAY.validate_python)

    async def closed(
        self, clinic_id: str, first: date, last: date, register_id: str | None = None
    ) -> AsyncIterator[tuple[Day, int]]:
        """Closed days of these dates in their order, of one register or all, each with the number of its closing."""
        where = _of(clinic_id, first, last, register_id)
        numbers: dict[str, dict[str, int]] = {}
        async for row in self._rows.find(where, sort=[("date", ASCENDING), ("register_id", ASCENDING)]):
            day = _DAY.validate_python(row)
            if day.closed_at is None:
                continue
            if day.register_id not in numbers:
                numbers[day.register_id] = await self._numbers(clinic_id, day.register_id)
            if number := numbers[day.register_id].get(day.day_id):  # none: it was closed since
                yield day, number

    async def currencies(self, clinic_id: str, first: date, last: date, register_id: str | None = None) -> set[str]:
        """Of what `closed` gives."""
        where = {**_of(clinic_id, first, last, register_id), "closed_at": {"$ne": None}}
        rows = await self._rows.find(where, {"currency": 1}).to_list(None)
        return {row["currency"] for row in rows}

    async def _numbers(self, clinic_id: str, register_id: str) -> dict[str, int]:
        """Of the closings of a register, by day: in the order in which they were closed, so that none ever changes."""
        where = {"clinic_id": clinic_id, "register_id": register_id, "closed_at": {"$ne": None}}
        rows = await self._rows.find(where, {"closed_at": 1}).to_list(None)
        in_order = sorted(rows, key=lambda row: (row["closed_at"], row["_id"]))
        return {row["_id"]: number for number, row in enumerate(in_order, 1)}

    async def save(self, unit: Unit, changed: Sequence[tuple[int, Day]]) -> None:
        """Each with the version that it replaces, 0 for a new day.

        Raises Conflict when somebody else was faster, and DriverError (duplicate) for a date that has its day.
        """
        await self._documents.save(
            unit, [DocumentChange(day.day_id, replaces, _DAY.dump_python(day)) for replaces, day in changed]
        )


def _of(clinic_id: str, first: date, last: date, register_id: str | None) -> Document:
    """Days of these dates, both included."""
    dates = {"clinic_id": clinic_id, "date": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
    return dates if register_id is None else {**dates, "register_id": register_id}
