"""Invoices as invoicing last told them, documents and deliveries."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter

from chassis.database.mongo import Mongo, Session
from chassis.database.paging import Order, Page, PageRequest
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice
from documents.domain.deliveries.delivery import Delivery
from documents.domain.documents.document import Document, Source
from kernel.errors import Conflict

S = TypeVar("S", Document, Delivery)
_DOCUMENT = TypeAdapter(Document)
_DELIVERY = TypeAdapter(Delivery)
DELIVERIES_BY_TIME = Order((("requested_at", -1), ("delivery_id", -1)))


class Store:
    """Reads outside of a transaction unless a session is given."""

    def __init__(self, mongo: Mongo) -> None:
        self.invoices = mongo.collection("invoices")
        self._documents = mongo.collection("documents")
        self._deliveries = mongo.collection("deliveries")

    async def invoice(self, invoice_id: str, session: Session = None) -> Invoice | None:
        row = await self.invoices.find_one({"_id": invoice_id}, session=session)
        return Invoice.model_validate(row) if row else None

    async def document(self, document_id: str, session: Session = None) -> Document | None:
        row = await self._documents.find_one({"_id": document_id}, session=session)
        return _DOCUMENT.validate_python(row) if row else None

    async def contents(self, sources: Sequence[Source], session: Session) -> set[str]:
        """The contents of those documents that are there already, also of those that could not be rendered."""
        wanted = {"_id": {"$in": [source.document_id for source in sources]}}
        rows = await self._documents.find(wanted, {"source.content": 1}, session=session).to_list(None)
        return {row["source"]["content"] for row in rows}

    async def save_document(self, unit: Unit, document: Document) -> None:
        """Raises Conflict when another change came first."""
        await _save(unit, self._documents, document.document_id, document.version, _DOCUMENT.dump_python(document))

    async def delivery(self, delivery_id: str, session: Session = None) -> Delivery | None:
        row = await self._deliveries.find_one({"_id": delivery_id}, session=session)
        return _DELIVERY.validate_python(row) if row else None

    async def save_delivery(self, unit: Unit, delivery: Delivery) -> None:
        """Raises Conflict when another change came first."""
        await _save(unit, self._deliveries, delivery.delivery_id, delivery.version, _DELIVERY.dump_python(delivery))

    async def deliveries(self, condition: Mapping[str, Any], request: PageRequest) -> Page[Delivery]:
        """Newest first."""
        where = DELIVERIES_BY_TIME.where(condition, request)
        found = self._deliveries.find(where, sort=DELIVERIES_BY_TIME.sort).limit(request.limit + 1)
        rows = await found.to_list(request.limit + 1)
        return DELIVERIES_BY_TIME.page(rows, request, _DELIVERY.validate_python)


async def _save(unit: Unit, collection: Any, id_: str, version: int, state: Mapping[str, Any]) -> None:
    row = {"_id": id_, **state}
    if version == 1:
        await collection.insert_one(row, session=unit.session)
        return
    replaced = await collection.replace_one({"_id": id_, "version": version - 1}, row, session=unit.session)
    if replaced.matched_count != 1:
        raise Conflict("changed-meanwhile", f"{id_} was changed meanwhile")
