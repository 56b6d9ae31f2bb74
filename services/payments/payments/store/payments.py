"""Payments, each version under revision."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.database.mongo import Document, Mongo, find_in
from chassis.database.paging import Order, Page, PageRequest
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.journal.revisions import Revision
from chassis.messaging.outbox import Unit
from kernel.errors import NotFound
from payments.domain.intake.lifecycle import PaymentEvent, PaymentEventKind
from payments.domain.intake.payment import Method, Payment, PaymentStatus
from payments.journal import JOURNAL
from payments.store.conditions import given, in_clinics

PAYMENTS = "payments"
ASKED_FOR = (
    "patient_id",
    "invoice_id",
    "method",
    "status",
    "awaits_approval",
    "received_on",
    "card_payment_intent_id",
    "refund_unseen",
    "unseen_minor",
)
UNDECIDED: tuple[PaymentStatus, ...] = ("pending", "failed")
REVISION_TYPES: dict[PaymentEventKind, str] = {
    "received": "payments.payment-received.v1",
    "failed": "payments.payment-failed.v1",
    "refunded": "payments.payment-refunded.v1",
    "disputed": "payments.payment-disputed.v1",
    "noted": "payments.payment-noted",
}
NEWEST_FIRST = Order((("_id", -1),))
INDEXES: dict[str, Sequence[IndexModel]] = {
    PAYMENTS: [
        IndexModel([("clinic_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("method", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("invoice_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("card_payment_intent_id", ASCENDING)], sparse=True),
        # For callers who see every clinic:
        IndexModel([("patient_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("method", ASCENDING), ("_id", DESCENDING)]),
        # For the day's settlement:
        IndexModel([("clinic_id", ASCENDING), ("received_on", ASCENDING)]),
        # What waits for a second person is little:
        IndexModel(
            [("clinic_id", ASCENDING), ("awaits_approval", ASCENDING), ("_id", DESCENDING)],
            partialFilterExpression={"awaits_approval": True},
        ),
        IndexModel(
            [("awaits_approval", ASCENDING), ("_id", DESCENDING)], partialFilterExpression={"awaits_approval": True}
        ),
        # And so are refunds by transfer that no bank has booked yet:
        IndexModel(
            [("clinic_id", ASCENDING), ("refund_unseen", ASCENDING), ("_id", DESCENDING)],
            partialFilterExpression={"refund_unseen": True},
        ),
        IndexModel(
            [("refund_unseen", ASCENDING), ("_id", DESCENDING)], partialFilterExpression={"refund_unseen": True}
        ),
    ],
}
_payment = TypeAdapter(Payment)


class PaymentStore:
    """The collection. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._payments = mongo.collection(PAYMENTS)
        self._documents = VersionedDocuments(mongo, PAYMENTS, JOURNAL, keeps_snapshot=True)

    async def payment(self, payment_id: str, unit: Unit | None = None) -> Payment:
        """Raises NotFound."""
        row = await self._payments.find_one({"_id": payment_id}, session=unit and unit.session)
        if row is None:
            raise NotFound("not-found", "there is no such thing here")
        return payment_of(row)

    async def page(
        self,
        clinics: Sequence[str] | None,
        request: PageRequest,
        *,
        patient_id: str | None = None,
        invoice_id: str | None = None,
        method: Method | None = None,
        status: PaymentStatus | None = None,
        awaiting_approval: bool = False,
        refund_unseen: bool = False,
    ) -> Page[Payment]:
        """Newest first; of these clinics, or of all of them."""
        asked = {
            "patient_id": patient_id,
            "invoice_id": invoice_id,
            "method": method,
            "status": status,
            "awaits_approval": awaiting_approval or None,
            "refund_unseen": refund_unseen or None,
        }
        where = NEWEST_FIRST.where({**in_clinics(clinics), **given(asked)}, request)
        rows = await self._payments.find(where, sort=NEWEST_FIRST.sort, limit=request.limit + 1).to_list(None)
        return NEWEST_FIRST.page(rows, request, payment_of)

    async def transfers_of(self, clinic_id: str, day: date) -> list[Payment]:
        """Transfers that came in on a day of the clinic."""
        rows = await self._payments.find({"clinic_id": clinic_id, "received_on": day.isoformat()}).to_list(None)
        return [payment_of(row) for row in rows]

    async def awaiting_refunds(self, unit: Unit, clinic_id: str, amounts_minor: Iterable[int]) -> list[Payment]:
        """With a refund by transfer of such an amount that no bank has booked yet."""
        where = {"clinic_id": clinic_id, "refund_unseen": True, "unseen_minor": {"$in": sorted(amounts_minor)}}
        rows = await self._payments.find(where, session=unit.session).to_list(None)
        return [payment_of(row) for row in rows]

    async def card_payments_of(self, clinic_id: str, intent_ids: Iterable[str]) -> dict[str, Payment]:
        """The clinic's own among these PaymentIntents."""
        rows = await self._payments.find({"card_payment_intent_id": {"$in": list(intent_ids)}}).to_list(None)
        return {row["card_payment_intent_id"]: payment_of(row) for row in rows if row["clinic_id"] == clinic_id}

    async def named(self, unit: Unit, payment_ids: Iterable[str]) -> list[Payment]:
        where = {"_id": {"$in": list(payment_ids)}}
        rows = await self._payments.find(where, session=unit.session).to_list(None)
        return [payment_of(row) for row in rows]

    async def of_invoices(self, unit: Unit, *invoice_ids: str) -> list[Payment]:
        return [payment_of(row) for row in await find_in(self._payments, "invoice_id", invoice_ids, unit.session)]

    async def undecided_cards(self, unit: Unit, *invoice_ids: str) -> list[Payment]:
        """Card payments of these invoices that are not settled, nor canceled."""
        asked: dict[str, Any] = {"method": "card", "status": {"$in": list(UNDECIDED)}}
        rows = await find_in(self._payments, "invoice_id", invoice_ids, unit.session, **asked)
        return [payment for payment in map(payment_of, rows) if payment.undecided]

    async def at_stripe(self, payment_ids: Sequence[str], intent_ids: Sequence[str]) -> list[Payment]:
        """Those that have one of these ids, here or at Stripe."""
        found: dict[str, Payment] = {}
        for name, ids in (("_id", payment_ids), ("card_payment_intent_id", intent_ids)):
            rows = await self._payments.find({name: {"$in": list(ids)}}).to_list(None) if ids else []
            found |= {row["_id"]: payment_of(row) for row in rows}
        return list(found.values())

    async def save(self, unit: Unit, changes: Sequence[tuple[Sequence[PaymentEvent], str | None]]) -> None:
        """Payments that are new or changed, each event a version with its revision; all events of one are together.

        Beside them is the id of what they are a consequence of. Raises Conflict when somebody else was faster.
        """
        await self._documents.save(unit, [_document_change(events, source_id) for events, source_id in changes])


def payment_of(row: Mapping[str, Any]) -> Payment:
    """A payment from its document."""
    return _payment.validate_json(row["snapshot"])


def payment_at(revision: Revision) -> Payment:
    """A payment as one of its revisions has it."""
    return _payment.validate_json(revision.snapshot)


def _document_change(events: Sequence[PaymentEvent], source_id: str | None) -> DocumentChange:
    """The payment as it is stored, and what it was on the way there."""
    payment = events[-1].payment
    fields: Document = {name: getattr(payment, name) for name in ASKED_FOR}
    if payment.card_payment_intent_id is None:
        # Only what is Stripe's is in that index.
        del fields["card_payment_intent_id"]
    fields |= {"clinic_id": payment.clinic_id, "version": payment.version}
    versions = [_version(event, source_id) for event in events]
    return DocumentChange(payment.payment_id, versions[0].number - 1, fields, versions)


def _version(event: PaymentEvent, source_id: str | None) -> Version:
    snapshot = _payment.dump_json(event.payment)
    return Version(event.payment.version, REVISION_TYPES[event.kind], event.change, snapshot, source_id)
