"""Deliveries, by their id."""

from collections.abc import Sequence

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.database.mongo import Mongo, Session
from chassis.database.paging import Filter, Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, VersionedDocuments
from chassis.messaging.outbox import Unit
from documents.domain.deliveries.delivery import Delivery

COLLECTION = "deliveries"
INDEXES = [
    IndexModel([("requested_at", DESCENDING), ("delivery_id", DESCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("requested_at", DESCENDING), ("delivery_id", DESCENDING)]),
    IndexModel([("invoice_id", ASCENDING), ("requested_at", DESCENDING), ("delivery_id", DESCENDING)]),
]
NEWEST_FIRST = Order((("requested_at", -1), ("delivery_id", -1)))
MOST_LISTED = 200
_DELIVERY = TypeAdapter(Delivery)


class Deliveries:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION)

    async def find(self, delivery_id: str, session: Session | None = None) -> Delivery | None:
        row = await self._rows.find_one({"_id": delivery_id}, session=session)
        return _DELIVERY.validate_python(row) if row else None

    async def save(self, unit: Unit, delivery: Delivery) -> None:
        """Raises Conflict when another change came first."""
        change = DocumentChange(delivery.delivery_id, delivery.version - 1, _DELIVERY.dump_python(delivery))
        await self._documents.save(unit, [change])

    async def of_invoice(self, invoice_id: str) -> list[Delivery]:
        """The newest first."""
        rows = (
            await self._rows.find({"invoice_id": invoice_id}, sort=NEWEST_FIRST.sort).limit(MOST_LISTED).to_list(None)
        )
        return [_DELIVERY.validate_python(row) for row in rows]

    async def page(self, clinics: Sequence[str] | None, invoice_id: str | None, request: PageRequest) -> Page[Delivery]:
        """Of these clinics (None for all) and, if given, of this invoice; the newest first."""
        condition: Filter = {} if clinics is None else {"clinic_id": {"$in": list(clinics)}}
        if invoice_id is not None:
            condition["invoice_id"] = invoice_id
        where = NEWEST_FIRST.where(condition, request)
        rows = await self._rows.find(where, sort=NEWEST_FIRST.sort).limit(request.limit + 1).to_list(None)
        return NEWEST_FIRST.page(rows, request, _DELIVERY.validate_python)
