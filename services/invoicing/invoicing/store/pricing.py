"""Clinics' price lists, and the terms of which they are a part.

For a batch, profiles, policies and the versions of price lists are read each time, and parsed only when they changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Collection, Document, Mongo
from chassis.database.paging import Order, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from invoicing.domain.discounts.policy import DiscountPolicy
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.pricing.price_list import AppliesTo, PriceList, PriceListChanged
from invoicing.domain.pricing.terms import Terms, TermsKey
from invoicing.journal import JOURNAL
from invoicing.store import clinics, discounts
from kernel.change import Change
from kernel.errors import NotFound

T = TypeVar("T")
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
    """Loads and saves; each save writes its revision in the same transaction."""

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

    async def save(self, unit: Unit, events: Iterable[PriceListChanged], change: Change) -> None:
        """Stores each list in place of the version before, with its revision."""
        await self._documents.save(unit, [_change(event.price_list, change) for event in events])


class _Current(Generic[T]):
    """Documents of one collection, each parsed once a version."""

    def __init__(self, rows: Collection, adapter: TypeAdapter[T]) -> None:
        self._rows = rows
        self._adapter = adapter
        self._known: dict[str, tuple[int, T]] = {}

    async def of(self, unit: Unit, ids: Iterable[str]) -> dict[str, T]:
        """Those of them that there are, by id."""
        found = {}
        for row in await self._rows.find({"_id": {"$in": list(ids)}}, session=unit.session).to_list(None):
            known = self._known.get(row["_id"])
            if known is None or known[0] != row["version"]:
                known = self._known[row["_id"]] = row["version"], self._adapter.validate_python(row)
            found[row["_id"]] = known[1]
        return found


class TermsLoader:
    """Remembers between batches what it parsed."""

    def __init__(self, mongo: Mongo, fallback_currency: str) -> None:
        self._fallback_currency = fallback_currency
        self._clinics = _Current(mongo.collection(clinics.COLLECTION), clinics.CLINIC)
        self._policies = _Current(mongo.collection(discounts.POLICIES), discounts.POLICY)
        self._discounts = discounts.Discounts(mongo)
        self._price_lists = PriceLists(mongo)
        self._lists: dict[tuple[str, str], PriceList] = {}

    async def load(
        self, unit: Unit, wanted: Iterable[TermsKey], patients: Iterable[tuple[str, str]]
    ) -> dict[TermsKey, Terms]:
        """Terms for each pair of clinic and the price list that a session names: then no other is asked.

        `patients`, each with the clinic before, are those whose families may matter.
        """
        pairs = set(wanted)
        clinic_ids = {clinic_id for clinic_id, _ in pairs}
        configured = await self._clinics.of(unit, clinic_ids)
        listed = await self._price_lists.listed(unit, clinic_ids)
        policies = await self._policies.of(unit, configured)
        families = await self._families(unit, policies, patients)
        terms = {}
        for pair in pairs:
            clinic = configured.get(pair[0])
            reduced = policies.get(pair[0]), families.get(pair[0], {})
            if clinic is None or pair[1]:
                named = await self._list(unit, listed, *pair) if clinic else None
                terms[pair] = Terms(clinic, None, self._fallback_currency, named, (), *reduced)
            else:
                own = await self._list(unit, listed, pair[0], clinic.price_list_id)
                scoped = await self._scoped(unit, listed, pair[0])
                terms[pair] = Terms(clinic, own, self._fallback_currency, None, scoped, *reduced)
        return terms

    async def for_invoice(self, unit: Unit, invoice: Invoice) -> Terms:
        """Terms for one invoice."""
        pair = (invoice.clinic_id, invoice.price_list_id)
        return (await self.load(unit, [pair], [(invoice.clinic_id, invoice.patient_id)]))[pair]

    async def _families(
        self, unit: Unit, policies: Mapping[str, DiscountPolicy], patients: Iterable[tuple[str, str]]
    ) -> dict[str, dict[str, int]]:
        """By clinic the size of the family of each patient of one, where the policy asks for it."""
        asking = [clinic_id for clinic_id, policy in policies.items() if policy.asks_families]
        known = set(patients) if asking else set()
        return {
            clinic_id: await self._discounts.sizes(unit, clinic_id, [id_ for at, id_ in known if at == clinic_id])
            for clinic_id in asking
        }

    async def _scoped(
        self, unit: Unit, listed: Mapping[tuple[str, str], PriceListSummary], clinic_id: str
    ) -> tuple[PriceList, ...]:
        places = sorted(place for place, known in listed.items() if place[0] == clinic_id and known.applies is not None)
        lists = [await self._list(unit, listed, *place) for place in places]
        return tuple(prices for prices in lists if prices is not None)

    async def _list(
        self, unit: Unit, listed: Mapping[tuple[str, str], PriceListSummary], clinic_id: str, list_id: str | None
    ) -> PriceList | None:
        place = (clinic_id, list_id or "")
        if place not in listed:
            return None
        known = self._lists.get(place)
        if known is None or known.version != listed[place].version:
            known = self._lists[place] = await self._price_lists.get(*place, unit)
        return known


def _id(clinic_id: str, price_list_id: str) -> str:
    return f"{clinic_id}/{price_list_id}"


def _change(prices: PriceList, change: Change) -> DocumentChange:
    version = Version(prices.version, CHANGED, change, _PRICES.dump_json(prices))
    id_ = _id(prices.clinic_id, prices.price_list_id)
    return DocumentChange.of(id_, _PRICES.dump_python(prices), version)
