"""Invoices as they are stored: the snapshot, byte for byte as published and hashed, beside the fields asked for.

So nothing is mapped by hand, and nobody changes a field of it in passing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from pymongo import ASCENDING, IndexModel, UpdateOne

from chassis.database.mongo import Document, Mongo, Session, chunks
from chassis.database.paging import Order, PageRequest
from chassis.database.time_pages import TimePages
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.events import InvoiceEvent
from invoicing.domain.invoice.invoice import Invoice, InvoiceStatus, Problem
from invoicing.domain.invoice.lifecycle import DRAFT
from invoicing.domain.receivables.account import AccountKey
from invoicing.domain.receivables.allocation import COUNTING
from invoicing.journal import JOURNAL
from invoicing.publishing import Publication
from kernel.change import Change
from kernel.errors import NotFound
from kernel.value import value

COLLECTION = "invoices"
NEWEST_FIRST = Order((("drafted_at", -1), ("_id", -1)))
MARKED = {"marked": True}
"""Invoices with a problem that a person has to settle."""
NUMBERED = {"numbered": True}
"""Invoices with a number, by which or by whose payment reference somebody may ask for them."""
INDEXES: Sequence[IndexModel] = [
    IndexModel([("clinic_id", ASCENDING), *NEWEST_FIRST.keys]),
    IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING), *NEWEST_FIRST.keys]),
    IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), *NEWEST_FIRST.keys]),
    # For callers who see every clinic:
    IndexModel([*NEWEST_FIRST.keys]),
    IndexModel([("patient_id", ASCENDING), *NEWEST_FIRST.keys]),
    IndexModel([("status", ASCENDING), *NEWEST_FIRST.keys]),
    # Few invoices each, of whichever clinic:
    IndexModel([("session_id", ASCENDING), *NEWEST_FIRST.keys]),
    IndexModel([("number", ASCENDING), *NEWEST_FIRST.keys], partialFilterExpression=NUMBERED),
    IndexModel([("payment_reference", ASCENDING), *NEWEST_FIRST.keys], partialFilterExpression=NUMBERED),
    # What waits for the clinic's terms, or for a person, and what supplements another, is little:
    IndexModel([("clinic_id", ASCENDING), ("_id", ASCENDING)], partialFilterExpression=MARKED),
    IndexModel([("clinic_id", ASCENDING), ("problems", ASCENDING), *NEWEST_FIRST.keys], partialFilterExpression=MARKED),
    IndexModel([("problems", ASCENDING), *NEWEST_FIRST.keys], partialFilterExpression=MARKED),
    IndexModel([("supplement_to", ASCENDING)], sparse=True),
]
_READ = msgspec.json.Decoder(Invoice)
_SHOWN = {"status": 1, "head": 1, "snapshot": 1}
"""Of a document what an invoice is read from: the other fields are in the snapshot, and only asked for."""


@value
class StoredInvoice:
    """An invoice as it is stored, and the hash of its last revision."""

    invoice: Invoice
    head: str


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which invoices a list is of; all clinics' where `clinic_ids` is None."""

    clinic_ids: Sequence[str] | None = None
    patient_id: str | None = None
    status: InvoiceStatus | None = None
    problem: Problem | None = None
    session_id: str | None = None
    number: str | None = None
    reference: str | None = None

    @property
    def few(self) -> bool:
        """Whether it asks for what only few invoices have."""
        return any(one is not None for one in (self.patient_id, self.session_id, self.number, self.reference))


class Invoices:
    """Loads and saves; every save writes its revisions in the same transaction."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL, keeps_snapshot=True)
        self._pages = TimePages(self._rows, NEWEST_FIRST)

    async def clinic_of(self, invoice_id: str) -> str:
        """Raises NotFound."""
        row = await self._rows.find_one({"_id": invoice_id}, projection=["clinic_id"])
        if row is None:
            raise NotFound("invoice-unknown", f"there is no invoice {invoice_id}")
        return str(row["clinic_id"])

    async def get(self, invoice_id: str, unit: Unit | None = None) -> StoredInvoice:
        """Raises NotFound."""
        row = await self._rows.find_one({"_id": invoice_id}, _SHOWN, session=unit and unit.session)
        if row is None:
            raise NotFound("invoice-unknown", f"there is no invoice {invoice_id}")
        return _stored(row)

    async def by_id(self, unit: Unit, invoice_ids: Iterable[str]) -> dict[str, StoredInvoice]:
        """Those of them that there are, by id."""
        return await self._find(unit.session, {"_id": {"$in": list(invoice_ids)}})

    async def supplements_to(self, unit: Unit, invoice_ids: Iterable[str]) -> dict[str, StoredInvoice]:
        """What supplements one of them, by its own id."""
        return await self._find(unit.session, {"supplement_to": {"$in": list(invoice_ids)}})

    async def marked_drafts(self, unit: Unit, clinic_id: str, after: str, limit: int) -> dict[str, StoredInvoice]:
        """The clinic's first drafts with a problem, by id after `after`."""
        where = {"clinic_id": clinic_id, "status": DRAFT, **MARKED, "_id": {"$gt": after}}
        rows = await self._rows.find(where, _SHOWN, session=unit.session).sort("_id", 1).limit(limit).to_list(None)
        return {row["_id"]: _stored(row) for row in rows}

    async def on_accounts(self, unit: Unit, accounts: Iterable[AccountKey]) -> dict[str, StoredInvoice]:
        """Every invoice that counts on one of the accounts, by id."""
        found: dict[str, StoredInvoice] = {}
        for place in account_filters(accounts):
            rows = await self._rows.find(place, _SHOWN, session=unit.session).to_list(None)
            found |= {row["_id"]: _stored(row) for row in rows if row["status"] in COUNTING}
        return found

    async def has_patient(self, clinic_id: str, patient_id: str) -> bool:
        """Whether the clinic has anything of the patient, if only a draft."""
        return await self._rows.find_one({"clinic_id": clinic_id, "patient_id": patient_id}, {"_id": 1}) is not None

    async def decided(self, unit: Unit, invoice_ids: Collection[str]) -> set[str]:
        """Those of the invoices that are known and no drafts any more."""
        if not invoice_ids:
            return set()
        where = {"_id": {"$in": list(invoice_ids)}, "status": {"$ne": DRAFT}}
        rows = await self._rows.find(where, {"_id": 1}, session=unit.session).to_list(None)
        return {row["_id"] for row in rows}

    async def page(self, wanted: InvoiceFilter, request: PageRequest) -> list[Document]:
        """One invoice more than the page holds, as stored, newest first; `snapshot` has the JSON.

        A patient's are few, and a session's; those of some clinics are not one range of an index, which reading back in
        time would only repeat.
        """
        some_clinics = wanted.clinic_ids is not None and len(wanted.clinic_ids) != 1
        return await self._pages.page(_where(wanted), request, long=not some_clinics and not wanted.few)

    async def save(
        self, unit: Unit, stored: Mapping[str, StoredInvoice], publications: Iterable[Publication[InvoiceEvent]]
    ) -> None:
        """Writes the last state of each invoice, and a revision for each event.

        `stored` is what is there now, by id; invoices that are not in it are inserted, and one that exists is a
        duplicate key. Raises Conflict when an invoice changed since it was loaded.
        """
        by_invoice: dict[str, list[Publication[InvoiceEvent]]] = defaultdict(list)
        for publication in publications:
            by_invoice[publication.subject].append(publication)
        await self._documents.save(unit, [_change(stored.get(id_), own) for id_, own in by_invoice.items()])

    async def after(self, unit: Unit, invoice_id: str, limit: int) -> list[Invoice]:
        """The first invoices of all clinics behind this one, by id."""
        found = self._rows.find({"_id": {"$gt": invoice_id}}, session=unit.session)
        rows = await found.sort("_id", 1).limit(limit).to_list(None)
        return [_stored(row).invoice for row in rows]

    async def make_findable(self, unit: Unit, after: str, limit: int) -> str:
        """Invoices from before this was asked for get what lists find them by; the last id, empty at the end.

        Of the first ones behind `after`, by id. Nothing else of them changes.
        """
        found = self._rows.find({"_id": {"$gt": after}}, {"numbered": 1}, session=unit.session)
        page = await found.sort("_id", 1).limit(limit).to_list(None)
        old = await self.by_id(unit, [row["_id"] for row in page if "numbered" not in row])
        if old:
            writes = [UpdateOne({"_id": id_}, {"$set": _found_by(known.invoice)}) for id_, known in old.items()]
            await self._rows.bulk_write(writes, session=unit.session)
        return str(page[-1]["_id"]) if page else ""

    async def _find(self, session: Session, where: Mapping[str, Any]) -> dict[str, StoredInvoice]:
        rows = await self._rows.find(where, _SHOWN, session=session).to_list(None)
        return {row["_id"]: _stored(row) for row in rows}


def account_filters(accounts: Iterable[AccountKey]) -> list[dict[str, Any]]:
    """For the index of a clinic's patients; in parts, as a long list of values is slow in some databases."""
    patients: dict[str, list[str]] = defaultdict(list)
    for clinic_id, patient_id in accounts:
        patients[clinic_id].append(patient_id)
    return [
        {"clinic_id": clinic_id, "patient_id": {"$in": some}}
        for clinic_id, ids in patients.items()
        for some in chunks(ids)
    ]


def _stored(row: Document) -> StoredInvoice:
    return StoredInvoice(_READ.decode(row["snapshot"]), row["head"])


def _where(wanted: InvoiceFilter) -> dict[str, Any]:
    where: dict[str, Any] = {}
    if wanted.clinic_ids is not None:
        where["clinic_id"] = wanted.clinic_ids[0] if len(wanted.clinic_ids) == 1 else {"$in": list(wanted.clinic_ids)}
    asked = {
        "patient_id": wanted.patient_id,
        "status": wanted.status,
        "session_id": wanted.session_id,
        "number": wanted.number,
        "payment_reference": wanted.reference,
    }
    where |= {name: value for name, value in asked.items() if value is not None}
    if wanted.number is not None or wanted.reference is not None:
        where |= NUMBERED
    return where if wanted.problem is None else {**where, **MARKED, "problems": wanted.problem}


def _change(stored: StoredInvoice | None, publications: Sequence[Publication[InvoiceEvent]]) -> DocumentChange:
    last = publications[-1].event.invoice
    replaces, head = (0, None) if stored is None else (stored.invoice.version, stored.head)
    return DocumentChange(last.invoice_id, replaces, _fields(last), tuple(map(_version, publications)), head)


def _version(publication: Publication[InvoiceEvent]) -> Version:
    invoice = publication.event.invoice
    change = Change(invoice.changed_at, invoice.changed_by, invoice.reason)
    return Version(invoice.version, publication.type.TYPE, change, publication.snapshot, publication.cause.event_id)


def _fields(invoice: Invoice) -> Document:
    # Only what supplements another is in that index.
    supplement = {} if invoice.supplement_to is None else {"supplement_to": invoice.supplement_to}
    return supplement | {
        **_found_by(invoice),
        "clinic_id": invoice.clinic_id,
        "patient_id": invoice.patient_id,
        "status": invoice.status,
        "marked": bool(invoice.problems),
        "problems": list(invoice.problems),
        "drafted_at": invoice.drafted_at,
        "version": invoice.version,
    }


def _found_by(invoice: Invoice) -> Document:
    return {
        "session_id": invoice.session_id,
        "number": invoice.number,
        "payment_reference": invoice.payment_reference,
        "numbered": invoice.number is not None,
    }
