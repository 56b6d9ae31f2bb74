"""Days, by the id that clinic, register and date give them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from cash_register.domain.days.day import (
    CashRecorded,
    Day,
    DayApproved,
    DayCancelled,
    DayClosed,
    DayEvent,
    DayOpened,
    DayReckoned,
    DrawerCounted,
    day_id_of,
    reason_of,
)
from cash_register.domain.registers.takings import Taking
from cash_register.journal import JOURNAL
from cash_register.store.writing import as_fields, as_json
from chassis.database.mongo import Mongo, Session
from chassis.database.paging import Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.journal.revisions import Revision
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import NotFound

COLLECTION = "days"
INDEXES = [
    IndexModel([("clinic_id", ASCENDING), ("register_id", ASCENDING), ("date", DESCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("date", ASCENDING), ("register_id", ASCENDING)]),
    IndexModel(
        [("clinic_id", ASCENDING), ("register_id", ASCENDING), ("currency", ASCENDING), ("closed_at", DESCENDING)]
    ),
    IndexModel([("reckoned", ASCENDING), ("closed_at", ASCENDING)]),
]
EVER = datetime(1970, 1, 1, tzinfo=UTC)
REVISION_TYPES: dict[type[DayEvent], str] = {
    DayOpened: "cash-register.day-opened.v1",
    CashRecorded: "cash-register.cash-recorded.v1",
    DrawerCounted: "cash-register.drawer-counted.v1",
    DayClosed: "cash-register.day-closed.v1",
    DayReckoned: "cash-register.day-reckoned",
    DayApproved: "cash-register.day-approved",
    DayCancelled: "cash-register.day-cancelled.v1",
}
NEWEST_FIRST = Order((("date", -1),))
_DAY = TypeAdapter(Day)


class Days:
    """Each version under revision. What is replaced must have the version it was read with."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

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

    async def version_of(self, day_id: str) -> tuple[int, bool]:
        """Of a day that exists: its version, and whether it is open. All that is read of it."""
        row = await self._rows.find_one({"_id": day_id}, {"version": 1, "closed_at": 1, "cancelled_at": 1})
        if row is None:
            raise NotFound("day-not-found", "this register has no such day")
        return row["version"], row.get("closed_at") is None and row.get("cancelled_at") is None

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
    ) -> list[tuple[str, str, bool]]:
        """Id and currency of the closed days of these dates, both included, by date and register.

        And whether nothing of them waits to be reckoned.
        """
        dates = {"clinic_id": clinic_id, "date": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
        where = {**dates, **({} if register_id is None else {"register_id": register_id}), "closed_at": {"$gt": EVER}}
        order = [("date", ASCENDING), ("register_id", ASCENDING)]
        rows = await self._rows.find(where, {"currency": 1, "reckoned": 1}, sort=order).to_list(None)
        return [(row["_id"], row["currency"], row.get("reckoned") is not False) for row in rows]

    async def closed_without_report_after(self, day: Day) -> int:
        """How many days of the register were closed after this one, and before there were Z reports."""
        register = {"clinic_id": day.clinic_id, "register_id": day.register_id}
        where = {**register, "closed_at": {"$gt": day.closed_at}, "z_report": None}
        return len(await self._rows.find(where, {"_id": 1}).to_list(None))

    async def unreckoned(self, limit: int) -> list[str]:
        """Days that were closed, and whose Z report does not tell the VAT yet; those that wait longest first."""
        rows = await self._rows.find({"reckoned": False}, {"_id": 1}, sort=[("closed_at", 1)], limit=limit).to_list(
            None
        )
        return [row["_id"] for row in rows]

    async def with_taking(self, taking: Taking) -> Day | None:
        """The day whose Z report has it; None while none has."""
        register = {"clinic_id": taking.clinic_id, "register_id": taking.register_id}
        within = {"takings.after": {"$lt": taking.number}, "takings.upto": {"$gte": taking.number}}
        row = await self._rows.find_one({**register, "currency": taking.amount.currency, **within})
        return None if row is None else _DAY.validate_python(row)

    async def save(self, unit: Unit, events: Iterable[DayEvent]) -> None:
        """The days after these events, each event a version with its revision.

        Raises Conflict when somebody else was faster, and DriverError (duplicate) for a date that has its day.
        """
        by_day: dict[str, list[DayEvent]] = defaultdict(list)
        for event in events:
            by_day[event.day.day_id].append(event)
        await self._documents.save(unit, [_document_change(own) for own in by_day.values()])


def day_at(revision: Revision) -> Day:
    """A day as one of its revisions has it."""
    return _DAY.validate_json(revision.snapshot)


def _document_change(events: Sequence[DayEvent]) -> DocumentChange:
    """The day as it is stored, and what it was on the way there."""
    day, first = events[-1].day, events[0].day
    return DocumentChange(day.day_id, first.version - 1, as_fields(day), [_version(event) for event in events])


def _version(event: DayEvent) -> Version:
    day = event.day
    change = Change(day.changed_at, day.changed_by, reason_of(event))
    cause = event.movement.payment_id if isinstance(event, CashRecorded) else None
    return Version(day.version, REVISION_TYPES[type(event)], change, as_json(day), cause)
