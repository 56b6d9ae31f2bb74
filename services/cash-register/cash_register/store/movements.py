"""Movements on the books of a day: written once, never changed."""

from collections.abc import AsyncIterator, Collection, Iterable

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from cash_register.domain.days.cash import Movement
from cash_register.domain.days.day import CashRecorded, DayEvent
from cash_register.journal import JOURNAL
from cash_register.store.writing import as_fields, as_json
from chassis.database.mongo import Mongo, Session, find_in
from chassis.database.paging import Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.change import Change

COLLECTION = "movements"
INDEXES = [IndexModel([("day_id", ASCENDING), ("version", ASCENDING)]), IndexModel([("clinic_id", ASCENDING)])]
RECORDED = "cash-register.movement-recorded"
AT_ONCE = 500
AS_RECORDED = Order((("version", 1),))
_MOVEMENT = TypeAdapter(Movement)


class Movements:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    async def known(self, session: Session, ids: Collection[str]) -> set[str]:
        """Those of the ids that are on the books."""
        if not ids:
            return set()
        rows = await self._rows.find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=session).to_list(None)
        return {row["_id"] for row in rows}

    async def find(self, session: Session | None, movement_id: str) -> Movement | None:
        row = await self._rows.find_one({"_id": movement_id}, session=session)
        return None if row is None else _MOVEMENT.validate_python(row)

    async def all_of(self, session: Session | None, day_id: str) -> list[Movement]:
        """Of a day, in the order of the books."""
        rows = await self._rows.find({"day_id": day_id}, session=session, sort=AS_RECORDED.sort).to_list(None)
        return [_MOVEMENT.validate_python(row) for row in rows]

    async def made(self, day_id: str, versions: range) -> dict[int, Movement]:
        """Those that made these versions of a day, by version."""
        within = {"$gte": versions.start, "$lt": versions.stop}
        rows = await self._rows.find({"day_id": day_id, "version": within}).to_list(None)
        return {row["version"]: _MOVEMENT.validate_python(row) for row in rows}

    async def add(self, unit: Unit, events: Iterable[DayEvent]) -> None:
        """Those that were recorded, each with its one revision. Raises DriverError (duplicate) for what is there."""
        recorded = [event for event in events if isinstance(event, CashRecorded)]
        if recorded:
            await self._documents.save(unit, [_document(event) for event in recorded])

    async def page(self, day_id: str, request: PageRequest) -> Page[Movement]:
        """In the order of the books."""
        where = AS_RECORDED.where({"day_id": day_id}, request)
        rows = await self._rows.find(where, sort=AS_RECORDED.sort, limit=request.limit + 1).to_list(None)
        return AS_RECORDED.page(rows, request, _MOVEMENT.validate_python)

    async def whole(self, day_id: str, session: Session | None = None, after: int = 0) -> AsyncIterator[list[Movement]]:
        """All of a day that came after that version, in the order of the books, `AT_ONCE` at a time."""
        last = after
        while rows := await self._after(day_id, last, session):
            last = rows[-1].version
            yield rows

    async def of(self, ids: Collection[str], session: Session | None = None) -> dict[str, Movement]:
        """Those that are on the books, by id."""
        rows = await find_in(self._rows, "_id", ids, session)
        return {row["_id"]: _MOVEMENT.validate_python(row) for row in rows}

    async def _after(self, day_id: str, version: int, session: Session | None) -> list[Movement]:
        where = {"day_id": day_id, "version": {"$gt": version}}
        rows = await self._rows.find(where, session=session, sort=AS_RECORDED.sort, limit=AT_ONCE).to_list(None)
        return [_MOVEMENT.validate_python(row) for row in rows]


def _document(event: CashRecorded) -> DocumentChange:
    """`version` of a movement is its day's, which is under revision there."""
    movement = event.movement
    fields = as_fields(movement)
    change = Change(event.day.changed_at, movement.by, movement.reason)
    snapshot = as_json({name: value for name, value in fields.items() if name != "version"})
    first = Version(1, RECORDED, change, snapshot, movement.payment_id)
    return DocumentChange(movement.movement_id, 0, fields, (first,))
