"""Days, by the id that clinic, register and date give them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from cash_register.domain.days.day import Day, day_id_of
from chassis.database.mongo import Mongo, Session
from chassis.database.paging import Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.errors import NotFound

COLLECTION = "days"
INDEXES = [
    IndexModel([("clinic_id", ASCENDING), ("register_id", ASCENDING), ("date", DESCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("date", ASCENDING), ("register_id", ASCENDING)]),
    IndexModel(
        [("clinic_id", ASCENDING), ("register_id", ASCENDING), ("currency", ASCENDING), ("closed_at", DESCENDING)]
    ),
]
EVER = datetime(1970, 1, 1, tzinfo=UTC)
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

    async def last_closed(self, session: Session | None, clinic_id: str, register_id: str, currency: str) -> Day | None:
        """The day in this currency whose count was the last; one that was cancelled was not counted."""
        wanted = {"clinic_id": clinic_id, "register_id": register_id, "currency": currency}
        closed = {**wanted, "closed_at": {"$gt": EVER}}
        row = await self._rows.find_one(closed, session=session, sort=[("closed_at", -1)])
        return None if row is None else _DAY.validate_python(row)

    async def page(self, clinic_id: str, register_id: str, request: PageRequest) -> Page[Day]:
        """Of a register, the newest first."""
        where = NEWEST_FIRST.where({"clinic_id": clinic_id, "register_id": register_id}, request)
        rows = await self._rows.find(where, sort=NEWEST_FIRST.sort, limit=request.limit + 1).to_list(None)
        return NEWEST_FIRST.page(rows, request, _DAY.validate_python)

    async def closed(
        self, clinic_id: str, first: date, last: date, register_id: str | None = None
    ) -> list[tuple[str, str]]:
        """Id and currency of the closed days of these dates, both included, by date and register."""
        dates = {"clinic_id": clinic_id, "date": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
        where = {**dates, **({} if register_id is None else {"register_id": register_id}), "closed_at": {"$gt": EVER}}
        order = [("date", ASCENDING), ("register_id", ASCENDING)]
        rows = await self._rows.find(where, {"currency": 1}, sort=order).to_list(None)
        return [(row["_id"], row["currency"]) for row in rows]

    async def closed_without_report_after(self, day: Day) -> int:
        """How many days of the register were closed after this one, and before there were Z reports."""
        register = {"clinic_id": day.clinic_id, "register_id": day.register_id}
        where = {**register, "closed_at": {"$gt": day.closed_at}, "z_report": None}
        return len(await self._rows.find(where, {"_id": 1}).to_list(None))

    async def save(self, unit: Unit, changed: Sequence[tuple[int, Day]]) -> None:
        """Each with the version that it replaces, 0 for a new day.

        Raises Conflict when somebody else was faster, and DriverError (duplicate) for a date that has its day.
        """
        await self._documents.save(
            unit, [DocumentChange(day.day_id, replaces, _DAY.dump_python(day)) for replaces, day in changed]
        )
