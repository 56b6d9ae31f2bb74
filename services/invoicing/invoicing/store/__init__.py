"""Invoicing's own collections.

An invoice is stored as its snapshot, byte for byte as published and hashed, beside the fields that are asked for: so
nothing is mapped by hand, and nobody changes a field of it in passing. msgspec writes it in half of pydantic's time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from pymongo import ASCENDING, IndexModel, ReplaceOne, ReturnDocument, UpdateOne

from chassis.database.mongo import Document, DriverError, Mongo, is_duplicate
from chassis.database.paging import Order, PageRequest
from chassis.database.time_pages import Strides
from chassis.journal import revisions, seals
from chassis.journal.revisions import Revision, Revisions
from chassis.journal.seals import Seals
from chassis.journal.verifier import Verifier
from chassis.messaging.outbox import Unit
from contracts.envelope import account_key
from contracts.invoicing import Invoice as InvoiceEvent
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT, ReceivedPayment
from invoicing.journal import JOURNAL
from invoicing.store import accounts, clinics, credit_notes, discounts, price_lists, session_log
from kernel.errors import Conflict, NotFound

_WRITE = msgspec.json.Encoder()
_READ = msgspec.json.Decoder(Invoice)

NEWEST_FIRST = Order((("drafted_at", -1), ("_id", -1)))
MARKED = {"marked": True}
"""Invoices with a problem that a person has to settle."""
INDEXES: dict[str, Sequence[IndexModel]] = {
    "invoices": [
        IndexModel([("clinic_id", ASCENDING), *NEWEST_FIRST.keys]),
        IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING), *NEWEST_FIRST.keys]),
        IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), *NEWEST_FIRST.keys]),
        # For callers who see every clinic:
        IndexModel([*NEWEST_FIRST.keys]),
        IndexModel([("patient_id", ASCENDING), *NEWEST_FIRST.keys]),
        IndexModel([("status", ASCENDING), *NEWEST_FIRST.keys]),
        # What waits for the clinic's terms, or a person's word, and what supplements another, is little:
        IndexModel([("clinic_id", ASCENDING), ("_id", ASCENDING)], partialFilterExpression=MARKED),
        IndexModel(
            [("clinic_id", ASCENDING), ("problems", ASCENDING), *NEWEST_FIRST.keys], partialFilterExpression=MARKED
        ),
        IndexModel([("problems", ASCENDING), *NEWEST_FIRST.keys], partialFilterExpression=MARKED),
        IndexModel([("supplement_to", ASCENDING)], sparse=True),
    ],
    "voided_sessions": [],
    "counters": [],
    "claims": [],
    "payments": [
        IndexModel([("invoice_id", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING)]),
    ],
    **seals.INDEXES,
    **session_log.INDEXES,
    **discounts.INDEXES,
    clinics.COLLECTION: clinics.INDEXES,
    price_lists.COLLECTION: price_lists.INDEXES,
    accounts.COLLECTION: accounts.INDEXES,
    credit_notes.COLLECTION: credit_notes.INDEXES,
}


@dataclass(frozen=True, slots=True)
class Kept:
    """An invoice as it is stored, and the hash of its last revision."""

    invoice: Invoice
    head: str


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an invoice to be written: the state after it, what is said, and what caused it.

    `cause` is the id of the event that it is a consequence of.
    """

    invoice: Invoice
    event: type[InvoiceEvent]
    traceparent: str | None = None
    cause: str | None = None


class Store:
    """Loads and saves; every save writes its revisions and says its events in the same transaction."""

    def __init__(self, mongo: Mongo) -> None:
        self._invoices = mongo.collection("invoices")
        self._strides = Strides(self._invoices, NEWEST_FIRST)
        self._voided = mongo.collection("voided_sessions")
        self._counters = mongo.collection("counters")
        self._claims = mongo.collection("claims")
        self.payments = mongo.collection("payments")
        self.revisions = Revisions(mongo)
        self.heard = session_log.HeardSessions(mongo)
        self.alarms = session_log.Alarms(mongo)
        self.checks = session_log.Checks(mongo)
        self.seals = Seals(mongo)
        self.verifier = Verifier(mongo, JOURNAL)
        self.clinics = clinics.Clinics(mongo)
        self.price_lists = price_lists.PriceLists(mongo)
        self.accounts = accounts.Accounts(mongo)
        self.credit_notes = credit_notes.CreditNotes(mongo, self.revisions)
        self.discounts = discounts.Discounts(mongo)

    async def invoice(self, invoice_id: str, unit: Unit | None = None) -> Kept:
        """Raises NotFound."""
        row = await self._invoices.find_one({"_id": invoice_id}, session=unit and unit.session)
        if row is None:
            raise NotFound("invoice-unknown", f"there is no invoice {invoice_id}")
        return _kept(row)

    async def invoices(self, unit: Unit, where: Mapping[str, Any], most: int = 0) -> dict[str, Kept]:
        """The invoices that match, by id; the first `most` by id, if that is not 0."""
        found = self._invoices.find(where, session=unit.session)
        rows = await (found.sort("_id", 1).limit(most) if most else found).to_list(None)
        return {row["_id"]: _kept(row) for row in rows}

    async def decided(self, unit: Unit, invoice_ids: Iterable[str]) -> set[str]:
        """Those of the invoices that are known and no drafts any more."""
        wanted = list(invoice_ids)
        if not wanted:
            return set()
        where = {"_id": {"$in": wanted}, "status": {"$ne": DRAFT}}
        rows = await self._invoices.find(where, {"_id": 1}, session=unit.session).to_list(None)
        return {row["_id"] for row in rows}

    async def page(self, where: Mapping[str, Any], request: PageRequest) -> list[Document]:
        """One invoice more than the page holds, as stored, newest first; `snapshot` has the JSON.

        A patient's are few; those of some clinics are not one range of an index, which strides would only repeat.
        """
        some = isinstance(where.get("clinic_id"), Mapping)
        return await self._strides.page(where, request, long=not some and "patient_id" not in where)

    async def save(self, unit: Unit, before: Mapping[str, Kept], steps: Sequence[Step]) -> None:
        """Writes the last state of each invoice, a revision for each step, and says each step.

        `before` is what is stored now; invoices that are not in it are inserted, and one that exists is a duplicate
        key. Raises Conflict when an invoice changed since it was loaded.
        """
        heads = {invoice_id: kept.head for invoice_id, kept in before.items()}
        journal: list[tuple[Revision, str]] = []
        last: dict[str, Document] = {}
        for step in steps:
            invoice = step.invoice
            told = _WRITE.encode(invoice)
            revision = _revision(step, told, heads.get(invoice.invoice_id, revisions.GENESIS))
            heads[invoice.invoice_id] = hash_ = revision.hash
            journal.append((revision, hash_))
            last[invoice.invoice_id] = _document(invoice, told, hash_)
            unit.say_json(
                step.event,
                told,
                subject=invoice.invoice_id,
                version=invoice.version,
                key=account_key(invoice.clinic_id, invoice.patient_id),
                at=invoice.changed_at,
                traceparent=step.traceparent,
            )
        await self._write(unit, before, last)
        try:
            await self.revisions.write(unit, journal)
        except DriverError as error:
            if before and is_duplicate(error):
                raise _changed_meanwhile() from error
            raise

    async def _write(self, unit: Unit, before: Mapping[str, Kept], last: Mapping[str, Document]) -> None:
        fresh = [document for id_, document in last.items() if id_ not in before]
        if fresh:
            await self._invoices.insert_many(fresh, session=unit.session)
        # By id alone: who read an older version writes a revision that is there already. The embedded database takes
        # twice as long to find a document by its version as well.
        changed: list[Any] = [ReplaceOne({"_id": id_}, document) for id_, document in last.items() if id_ in before]
        if changed:
            done = await self._invoices.bulk_write(changed, session=unit.session)
            if done.matched_count != len(changed):
                raise _changed_meanwhile()

    async def voided_sessions(self, unit: Unit, invoice_ids: Iterable[str]) -> dict[str, int]:
        """Sessions voided before we ever heard of them: the voiding version by invoice id."""
        if await self._voided.find_one({}, {"_id": 1}, session=unit.session) is None:
            return {}
        rows = await self._voided.find({"_id": {"$in": list(invoice_ids)}}, session=unit.session).to_list(None)
        return {row["_id"]: row["version"] for row in rows}

    async def remember_voided(self, unit: Unit, versions: Mapping[str, int]) -> None:
        """Keeps the highest voiding version of sessions that have no invoice."""
        writes: list[Any] = [
            ReplaceOne({"_id": id_}, {"_id": id_, "version": version}, upsert=True) for id_, version in versions.items()
        ]
        if writes:
            await self._voided.bulk_write(writes, session=unit.session)

    async def next_number(self, unit: Unit, series: str) -> int:
        """The next of a gapless series, drawn in the transaction that uses it: who aborts takes nothing."""
        row = await self._counters.find_one_and_update(
            {"_id": series},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=unit.session,
        )
        return int(row["last"])

    async def claim(self, unit: Unit, names: Iterable[str]) -> None:
        """Of two transactions with a name in common, one meets the other and has to look again.

        For rules about several documents, of which each transaction would write another.
        """
        writes = [UpdateOne({"_id": name}, {"$inc": {"turn": 1}}, upsert=True) for name in sorted(names)]
        if writes:
            await self._claims.bulk_write(writes, session=unit.session)

    async def payments_where(self, unit: Unit, where: Mapping[str, Any]) -> list[ReceivedPayment]:
        """Payments as they count."""
        return [_paid(row) for row in await self.payments.find(where, session=unit.session).to_list(None)]


def _changed_meanwhile() -> Conflict:
    return Conflict("changed-meanwhile", "an invoice was changed by somebody else: try again")


def _kept(row: Document) -> Kept:
    return Kept(_READ.decode(row["snapshot"]), row["head"])


def _document(invoice: Invoice, told: bytes, head: str) -> Document:
    # Only what supplements another is in that index.
    supplement = {} if invoice.supplement_to is None else {"supplement_to": invoice.supplement_to}
    return supplement | {
        "_id": invoice.invoice_id,
        "clinic_id": invoice.clinic_id,
        "patient_id": invoice.patient_id,
        "status": invoice.status,
        "marked": bool(invoice.problems),
        "problems": list(invoice.problems),
        "drafted_at": invoice.drafted_at,
        "version": invoice.version,
        "head": head,
        "snapshot": told,
    }


def _revision(step: Step, told: bytes, previous: str) -> Revision:
    invoice = step.invoice
    by = invoice.changed_by
    return Revision(
        invoice.invoice_id,
        invoice.version,
        step.event.TYPE,
        invoice.clinic_id,
        invoice.changed_at,
        by.actor_id,
        by.name,
        by.role,
        invoice.reason,
        told,
        previous,
        step.cause,
    )


def _paid(row: Document) -> ReceivedPayment:
    settled = row["settled"]
    return ReceivedPayment(
        payment_id=row["_id"],
        clinic_id=row["clinic_id"],
        patient_id=row["patient_id"],
        invoice_id=row["invoice_id"],
        settled_minor=settled["amount_minor"],
        currency=settled["currency"],
        method=row["method"],
        received_at=row["received_at"],
        part=row.get("part", "patient"),
    )


def told(invoice: Invoice) -> bytes:
    """An invoice as the API shows it: the snapshot of its events."""
    return _WRITE.encode(invoice)
