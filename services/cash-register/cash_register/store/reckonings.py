"""What was known of a day's payments when its VAT was reckoned: written once, never changed."""

from collections.abc import Sequence

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from cash_register.domain.exports.receipts import Origin
from cash_register.domain.exports.reckoning import Books, ReckonedPage
from cash_register.journal import JOURNAL
from chassis.database.mongo import Mongo
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.change import Change

COLLECTION = "reckonings"
INDEXES = [
    IndexModel([("day_id", ASCENDING), ("books", ASCENDING), ("first", ASCENDING)]),
    IndexModel([("clinic_id", ASCENDING)]),
]
RECKONED = "cash-register.payments-reckoned"
_PAGE = TypeAdapter(ReckonedPage)


class Reckonings:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    async def add(self, unit: Unit, pages: Sequence[ReckonedPage], change: Change) -> None:
        """Raises DriverError (duplicate) for a day that has them."""
        if pages:
            await self._documents.save(unit, [_document(page, change) for page in pages])

    async def origins(self, day_id: str, books: Books, first: int, last: int) -> dict[str, Origin]:
        """By payment, of these of the day's books."""
        where = {"day_id": day_id, "books": books, "first": {"$lte": last}, "last": {"$gte": first}}
        rows = await self._rows.find(where).to_list(None)
        return {id_: origin for row in rows for id_, origin in _PAGE.validate_python(row).origins.items()}


def _document(page: ReckonedPage, change: Change) -> DocumentChange:
    only = Version(1, RECKONED, change, _PAGE.dump_json(page))
    return DocumentChange(page.key, 0, _PAGE.dump_python(page), (only,))
