"""Cards on file and what they are charged for, each change under revision; `due_at` says when a worker looks again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.database.mongo import Collection, Document, Mongo
from chassis.database.paging import Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from kernel.errors import NotFound
from payments.domain.cards_on_file.card_charge import CardCharge, CardChargeEvent
from payments.domain.cards_on_file.card_on_file import CardEvent, CardOnFile
from payments.journal import JOURNAL
from payments.store.conditions import given, in_clinics

CARDS, CHARGES = "cards_on_file", "card_charges"
CARD_CHANGED, CHARGE_CHANGED = "payments.card-on-file-changed", "payments.card-charge-changed"
NEWEST_FIRST = Order((("_id", -1),))
_LISTED = [
    IndexModel([("clinic_id", ASCENDING), ("_id", DESCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING), ("_id", DESCENDING)]),
    IndexModel([("patient_id", ASCENDING), ("_id", DESCENDING)]),
    IndexModel([("due_at", ASCENDING)]),
]
INDEXES: dict[str, Sequence[IndexModel]] = {CARDS: _LISTED, CHARGES: _LISTED}
_card = TypeAdapter(CardOnFile)
_charge = TypeAdapter(CardCharge)


class CardStore:
    """Both collections. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._cards = mongo.collection(CARDS)
        self._charges = mongo.collection(CHARGES)
        self._card_documents = VersionedDocuments(mongo, CARDS, JOURNAL)
        self._charge_documents = VersionedDocuments(mongo, CHARGES, JOURNAL)

    def card_subject(self, card_id: str) -> str:
        """What the card is called in the journal."""
        return self._card_documents.subject(card_id)

    async def card(self, card_id: str, unit: Unit | None = None) -> CardOnFile:
        """Raises NotFound."""
        card = await self.known_card(card_id, unit)
        if card is None:
            raise NotFound("not-found", "there is no such thing here")
        return card

    async def known_card(self, card_id: str, unit: Unit | None = None) -> CardOnFile | None:
        row = await self._cards.find_one({"_id": card_id}, session=unit and unit.session)
        return None if row is None else card_of(row)

    async def active_card(self, unit: Unit, clinic_id: str, patient_id: str) -> CardOnFile | None:
        """The newest that may be charged."""
        where = {"clinic_id": clinic_id, "patient_id": patient_id, "status": "active"}
        row = await self._cards.find_one(where, sort=[("_id", -1)], session=unit.session)
        return None if row is None else card_of(row)

    async def save_card(self, unit: Unit, events: Sequence[CardEvent], due_at: datetime | None) -> None:
        """One card, each event a version with its revision; without `due_at` no worker has anything to do with it.

        Raises Conflict when somebody else was faster.
        """
        card = events[-1].card
        versions = [Version(e.card.version, CARD_CHANGED, e.change, _card.dump_json(e.card)) for e in events]
        fields = {**_card.dump_python(card), "due_at": due_at}
        change = DocumentChange(card.card_id, versions[0].number - 1, fields, versions)
        await self._card_documents.save(unit, [change])

    async def charge(self, charge_id: str, unit: Unit | None = None) -> CardCharge | None:
        row = await self._charges.find_one({"_id": charge_id}, session=unit and unit.session)
        return None if row is None else charge_of(row)

    async def known_charges(self, unit: Unit, charge_ids: Sequence[str]) -> set[str]:
        found = self._charges.find({"_id": {"$in": list(charge_ids)}}, {"_id": 1}, session=unit.session)
        return {row["_id"] for row in await found.to_list(None)}

    async def save_charge(self, unit: Unit, events: Sequence[CardChargeEvent], due_at: datetime | None) -> None:
        """As `save_card`."""
        charge = events[-1].charge
        versions = [Version(e.charge.version, CHARGE_CHANGED, e.change, _charge.dump_json(e.charge)) for e in events]
        fields = {**_charge.dump_python(charge), "due_at": due_at}
        change = DocumentChange(charge.charge_id, versions[0].number - 1, fields, versions)
        await self._charge_documents.save(unit, [change])

    async def due_cards(self, now: datetime, most: int) -> list[CardOnFile]:
        return [card_of(row) for row in await self._due(self._cards, now, most)]

    async def due_charges(self, now: datetime, most: int) -> list[CardCharge]:
        return [charge_of(row) for row in await self._due(self._charges, now, most)]

    async def look_again_at_card(self, card_id: str, due_at: datetime) -> None:
        await self._cards.update_one({"_id": card_id}, {"$set": {"due_at": due_at}})

    async def forget_card(self, card_id: str) -> None:
        """Nothing is to be done about it any more."""
        await self._cards.update_one({"_id": card_id}, {"$set": {"due_at": None}})

    async def look_again_at_charge(self, charge_id: str, due_at: datetime) -> None:
        await self._charges.update_one({"_id": charge_id}, {"$set": {"due_at": due_at}})

    async def put_off_charge(self, unit: Unit, charge_id: str, due_at: datetime) -> None:
        await self._charges.update_one({"_id": charge_id}, {"$set": {"due_at": due_at}}, session=unit.session)

    async def page_of_cards(
        self, clinics: Sequence[str] | None, request: PageRequest, *, patient_id: str | None = None
    ) -> Page[CardOnFile]:
        """Newest first; of these clinics, or of all of them."""
        return NEWEST_FIRST.page(await self._find(self._cards, clinics, request, patient_id), request, card_of)

    async def page_of_charges(
        self, clinics: Sequence[str] | None, request: PageRequest, *, patient_id: str | None = None
    ) -> Page[CardCharge]:
        """As `page_of_cards`."""
        return NEWEST_FIRST.page(await self._find(self._charges, clinics, request, patient_id), request, charge_of)

    async def _due(self, rows: Collection, now: datetime, most: int) -> list[Document]:
        # A null is no time: what is not due ever is not compared.
        found: list[Document] = await rows.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(most).to_list(most)
        return found

    async def _find(
        self, rows: Collection, clinics: Sequence[str] | None, request: PageRequest, patient_id: str | None
    ) -> list[Document]:
        where = NEWEST_FIRST.where({**in_clinics(clinics), **given({"patient_id": patient_id})}, request)
        found: list[Document] = await rows.find(where, sort=NEWEST_FIRST.sort, limit=request.limit + 1).to_list(None)
        return found


def card_of(row: Mapping[str, Any]) -> CardOnFile:
    """A card from its document."""
    return _card.validate_python(row)


def charge_of(row: Mapping[str, Any]) -> CardCharge:
    """A charge from its document."""
    return _charge.validate_python(row)
