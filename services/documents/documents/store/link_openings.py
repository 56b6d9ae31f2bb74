"""Which link was opened when: by ids, in the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.database.mongo import Mongo
from chassis.database.paging import Filter, Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from documents.journal import JOURNAL
from kernel.actor import system
from kernel.change import Change

COLLECTION = "link_openings"
OPENED = "documents.link-opened"
INDEXES = [
    IndexModel([("clinic_id", ASCENDING)]),
    IndexModel([("delivery_id", ASCENDING), ("at", DESCENDING), ("opening_id", DESCENDING)]),
]
NEWEST_FIRST = Order((("at", -1), ("opening_id", -1)))


@dataclass(frozen=True, slots=True)
class LinkOpening:
    """Whoever had the link got the document: its holder is not known."""

    opening_id: str
    clinic_id: str
    delivery_id: str
    document_id: str
    document_version: int
    at: datetime
    version: int = 1


_OPENING = TypeAdapter(LinkOpening)


class LinkOpenings:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    async def keep(self, unit: Unit, opening: LinkOpening) -> None:
        change = Change(opening.at, system(opening.delivery_id))
        version = Version(1, OPENED, change, _OPENING.dump_json(opening))
        await self._documents.save(
            unit, [DocumentChange.of(opening.opening_id, _OPENING.dump_python(opening), version)]
        )

    async def page(self, clinics: Sequence[str] | None, delivery_id: str, request: PageRequest) -> Page[LinkOpening]:
        """Of a delivery of these clinics (None for all), the newest first."""
        condition: Filter = {"delivery_id": delivery_id}
        if clinics is not None:
            condition["clinic_id"] = {"$in": list(clinics)}
        where = NEWEST_FIRST.where(condition, request)
        rows = await self._rows.find(where, sort=NEWEST_FIRST.sort).limit(request.limit + 1).to_list(None)
        return NEWEST_FIRST.page(rows, request, _OPENING.validate_python)
