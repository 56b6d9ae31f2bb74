"""Clinics' price lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, Mongo
from chassis.database.paging import Order, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from invoicing.domain.pricing.price_list import AppliesTo, PriceList
from invoicing.journal import JOURNAL
from kernel.change import Change
from kernel.errors import NotFound

COLLECTION = "price_lists"
CHANGED = "invoicing.price-list-changed"
BY_ID = Order((("_id", 1),))
INDEXES: Sequence[IndexModel] = [IndexModel([("clinic_id", ASCENDING), *BY_ID.keys])]
_PRICES = TypeAdapter(PriceList)
_APPLIES: TypeAdapter[AppliesTo | None] = TypeAdapter(AppliesTo | None)


@dataclass(frozen=True, slots=True)
class PriceListSummary:
    """A price list without its prices."""

    version: int
    applies: AppliesTo | None


class PriceLists:
    """Loads and saves; each put writes its revision in the same transaction."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL)

    def subject(self, clinic_id: str, price_list_id: str) -> str:
        """What the list is called in the journal."""
        return self._documents.subject(_id(clinic_id, price_list_id))

    async def listed(self, unit: Unit, clinic_ids: Iterable[str]) -> dict[tuple[str, str], PriceListSummary]:
        """What there is of each price list; reading whole lists for every batch would cost more than pricing."""
        where = {"clinic_id": {"$in": list(clinic_ids)}}
        fields = {"clinic_id": 1, "price_list_id": 1, "version": 1, "applies_to": 1}
        rows = await self._rows.find(where, fields, session=unit.session).to_list(None)
        return {
            (row["clinic_id"], row["price_list_id"]): PriceListSummary(
                row["version"], _APPLIES.validate_python(row["applies_to"])
            )
            for row in rows
        }

    async def page(self, clinic_id: str, request: PageRequest) -> list[Document]:
        """One more than the page holds, by id, without their prices."""
        found = self._rows.find(BY_ID.where({"clinic_id": clinic_id}, request), {"periods": 0})
        rows: list[Document] = await found.sort(BY_ID.sort).limit(request.limit + 1).to_list(None)
        return rows

    async def get(self, clinic_id: str, price_list_id: str, unit: Unit | None = None) -> PriceList:
        """Raises NotFound."""
        row = await self._rows.find_one({"_id": _id(clinic_id, price_list_id)}, session=unit and unit.session)
        if row is None:
            raise NotFound("price-list-unknown", f"the clinic has no price list {price_list_id}")
        return _PRICES.validate_python(row)

    async def put(self, unit: Unit, prices: PriceList, change: Change) -> None:
        """Stores the list in place of the version before, with its revision."""
        id_ = _id(prices.clinic_id, prices.price_list_id)
        version = Version(prices.version, CHANGED, change, _PRICES.dump_json(prices))
        await self._documents.save(unit, [DocumentChange.of(id_, _PRICES.dump_python(prices), version)])


def _id(clinic_id: str, price_list_id: str) -> str:
    return f"{clinic_id}/{price_list_id}"
