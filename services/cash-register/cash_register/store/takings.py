"""What was taken at registers beside cash: written once, never changed."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from cash_register.domain.registers.takings import Taking, TakingRange
from cash_register.journal import JOURNAL
from chassis.database.mongo import Mongo, Session, find_in
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.change import Change

COLLECTION = "takings"
INDEXES = [
    IndexModel(
        [
            ("clinic_id", ASCENDING),
            ("register_id", ASCENDING),
            ("amount.currency", ASCENDING),
            ("number", ASCENDING),
        ]
    )
]
TAKEN = "cash-register.taken"
AT_ONCE = 500
_TAKING = TypeAdapter(Taking)


class Takings:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    async def of(self, session: Session | None, ids: Collection[str]) -> dict[str, Taking]:
        """Those that are on the books, by id."""
        rows = await find_in(self._rows, "_id", ids, session)
        return {row["_id"]: _TAKING.validate_python(row) for row in rows}

    async def add(self, unit: Unit, takings: Sequence[Taking], change: Change) -> None:
        """Each with its one revision. Raises DriverError (duplicate) for what is there."""
        if takings:
            await self._documents.save(unit, [_document(taking, change) for taking in takings])

    async def whole(
        self, session: Session | None, clinic_id: str, register_id: str, currency: str, within: TakingRange
    ) -> AsyncIterator[list[Taking]]:
        """Those of a Z report, by their numbers, `AT_ONCE` at a time."""
        books = {"clinic_id": clinic_id, "register_id": register_id, "amount.currency": currency}
        after = within.after
        while after < within.upto and (found := await self._between(session, books, after, within.upto)):
            after = found[-1].number
            yield found

    async def _between(self, session: Session | None, books: Mapping[str, str], after: int, upto: int) -> list[Taking]:
        where = {**books, "number": {"$gt": after, "$lte": upto}}
        rows = await self._rows.find(where, session=session, sort=[("number", 1)], limit=AT_ONCE).to_list(None)
        return [_TAKING.validate_python(row) for row in rows]


def _document(taking: Taking, change: Change) -> DocumentChange:
    snapshot = _TAKING.dump_json(taking)
    first = Version(1, TAKEN, Change(change.at, taking.by, taking.reason), snapshot, taking.payment_id)
    return DocumentChange(taking.taking_id, 0, _TAKING.dump_python(taking), (first,))
