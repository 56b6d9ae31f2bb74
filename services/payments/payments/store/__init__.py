"""What the service keeps in its own database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from chassis.database.mongo import Collection, Document, Mongo, Session, among, strides
from chassis.database.paging import Order, PageRequest
from chassis.journal import seals
from chassis.journal.documents import Edition, Step, Versioned
from chassis.journal.revisions import Revision, Revisions
from chassis.journal.seals import Seals
from chassis.journal.verifier import Verifier
from chassis.messaging.outbox import Unit
from kernel.errors import NotFound
from payments.domain.intake.lifecycle import Cause, Change
from payments.domain.intake.open_items import Invoice, RegisterDay
from payments.domain.intake.payment import Method, Payment, PaymentStatus
from payments.journal import JOURNAL
from payments.store import bank, cards_on_file, payment_policy, payouts, read_positions, stripe_balance
from payments.store.conditions import given, in_clinics

PAYMENTS, INVOICES, DAYS = "payments", "invoices", "days"
COUNTERS, WEBHOOKS, WATCHES = "counters", "webhooks", "watches"
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
WORDS_AT_ONCE = 500
NOTED = "payments.payment-noted"
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
    INVOICES: [
        IndexModel([("clinic_id", ASCENDING), ("payment_reference", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("number_key", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("patient_key", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("open_parts", ASCENDING)]),
    ],
    DAYS: [IndexModel([("clinic_id", ASCENDING), ("register_id", ASCENDING), ("status", ASCENDING)])],
    COUNTERS: [],
    WEBHOOKS: [IndexModel([("status", ASCENDING), ("due_at", ASCENDING)])],
    WATCHES: [IndexModel([("due_at", ASCENDING)])],
    **bank.INDEXES,
    **payouts.INDEXES,
    **read_positions.INDEXES,
    **stripe_balance.INDEXES,
    **payment_policy.INDEXES,
    **cards_on_file.INDEXES,
    **seals.INDEXES,
}

_payment = TypeAdapter(Payment)
_invoice = TypeAdapter(Invoice)
_day = TypeAdapter(RegisterDay)


class Store:
    """The collections of the service. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._payments = mongo.collection(PAYMENTS)
        self._versioned = Versioned(mongo, PAYMENTS)
        self._counters = mongo.collection(COUNTERS)
        self.invoices: Collection = mongo.collection(INVOICES)
        self.days: Collection = mongo.collection(DAYS)
        self.webhooks: Collection = mongo.collection(WEBHOOKS)
        self.watches: Collection = mongo.collection(WATCHES)
        self.bank = bank.BankStore(mongo)
        self.payouts = payouts.PayoutStore(mongo)
        self.balance = stripe_balance.BalanceStore(mongo)
        self.read_positions = read_positions.ReadPositionStore(mongo)
        self.settings = payment_policy.SettingsStore(mongo)
        self.cards = cards_on_file.CardStore(mongo)
        self.revisions = Revisions(mongo)
        self.seals = Seals(mongo)
        self.verifier = Verifier(mongo, JOURNAL)

    async def payment(self, payment_id: str, unit: Unit | None = None) -> Payment:
        """Raises NotFound."""
        row = await self._payments.find_one({"_id": payment_id}, session=_session(unit))
        if row is None:
            raise NotFound("not-found", "there is no such thing here")
        return payment_of(row)

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

    async def payments_named(self, unit: Unit, payment_ids: Iterable[str]) -> list[Payment]:
        where = {"_id": {"$in": list(payment_ids)}}
        rows = await self._payments.find(where, session=unit.session).to_list(None)
        return [payment_of(row) for row in rows]

    async def payments_of(self, unit: Unit, *invoice_ids: str) -> list[Payment]:
        return [payment_of(row) for row in await among(self._payments, "invoice_id", invoice_ids, unit.session)]

    async def payments_at_stripe(self, payment_ids: Sequence[str], intent_ids: Sequence[str]) -> list[Payment]:
        """Those that have one of these ids, here or at Stripe."""
        found: dict[str, Payment] = {}
        for name, ids in (("_id", payment_ids), ("card_payment_intent_id", intent_ids)):
            rows = await self._payments.find({name: {"$in": list(ids)}}).to_list(None) if ids else []
            found |= {row["_id"]: payment_of(row) for row in rows}
        return list(found.values())

    async def add(self, unit: Unit, changes: Sequence[tuple[Change, Cause]]) -> None:
        """Payments that are new, with their revisions."""
        await self._versioned.add(unit, [_edition(change, 0, cause) for change, cause in changes])

    async def replace(self, unit: Unit, before: Payment, change: Change, cause: Cause) -> None:
        """A revision for each version since. Raises Conflict when somebody else was faster."""
        await self._versioned.replace(unit, [_edition(change, before.version, cause)])

    async def claim_invoice(self, unit: Unit, invoice_id: str) -> Invoice | None:
        """The copy, written to, so that of two payments at once the second one sees the first."""
        row = await self.invoices.find_one_and_update(
            {"_id": invoice_id}, {"$inc": {"claims": 1}}, session=unit.session
        )
        return None if row is None else _invoice.validate_python(row)

    async def claim(self, unit: Unit, invoice_ids: Iterable[str]) -> None:
        """As `claim_invoice`, for copies that this transaction has read already."""
        for some in strides(sorted(invoice_ids)):
            await self.invoices.update_many({"_id": {"$in": some}}, {"$inc": {"claims": 1}}, session=unit.session)

    async def open_invoices_of(self, unit: Unit, clinic_id: str, patient_id: str) -> list[Invoice]:
        """Those that take money; only looked at, not claimed."""
        where = {"clinic_id": clinic_id, "patient_id": patient_id, "status": "finalized"}
        rows = await self.invoices.find(where, session=unit.session).to_list(None)
        return [_invoice.validate_python(row) for row in rows]

    async def invoices_by(
        self, unit: Unit, clinic_id: str, field: str, values: Iterable[Any], *, most: int = 0
    ) -> list[Invoice]:
        """Copies of the clinic with one of these values, only looked at; `most` of them, if that is not 0."""
        if most:
            where = {"clinic_id": clinic_id, field: {"$in": list(values)}}
            rows = await self.invoices.find(where, session=unit.session).limit(most).to_list(None)
        else:
            # Most of the words of a transfer are no invoice's number.
            rows = await among(self.invoices, field, values, unit.session, at_once=WORDS_AT_ONCE, clinic_id=clinic_id)
        return [_invoice.validate_python(row) for row in rows]

    async def open_day(self, unit: Unit, clinic_id: str, register_id: str) -> RegisterDay | None:
        wanted = {"clinic_id": clinic_id, "register_id": register_id, "status": "open"}
        row = await self.days.find_one(wanted, session=unit.session)
        return None if row is None else _day.validate_python(row)

    async def next_receipt_numbers(self, unit: Unit, clinic_id: str, count: int = 1) -> list[str]:
        """Drawn in the transaction that uses them, so that there is no gap."""
        row = await self._counters.find_one_and_update(
            {"_id": f"receipt/{clinic_id}"},
            {"$inc": {"sequence": count}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=unit.session,
        )
        last = int(row["sequence"])
        return [f"R-{clinic_id}-{number:06d}" for number in range(last - count + 1, last + 1)]

    async def watch(self, unit: Unit, payment_id: str, since: datetime, due_at: datetime) -> None:
        """Stripe is to be asked about this payment, at `due_at` for the first time."""
        change = {"$set": {"since": since, "due_at": due_at}}
        await self.watches.update_one({"_id": payment_id}, change, upsert=True, session=unit.session)

    async def unwatch(self, unit: Unit, payment_id: str) -> None:
        await self.watches.delete_one({"_id": payment_id}, session=unit.session)

    async def find_payments(
        self,
        page: PageRequest,
        clinics: Sequence[str] | None,
        *,
        patient_id: str | None = None,
        invoice_id: str | None = None,
        method: Method | None = None,
        status: PaymentStatus | None = None,
        awaiting_approval: bool = False,
        refund_unseen: bool = False,
    ) -> list[Document]:
        """One more than the page holds, newest first; of these clinics, or of all of them."""
        asked = {
            "patient_id": patient_id,
            "invoice_id": invoice_id,
            "method": method,
            "status": status,
            "awaits_approval": awaiting_approval or None,
            "refund_unseen": refund_unseen or None,
        }
        where = NEWEST_FIRST.where({**in_clinics(clinics), **given(asked)}, page)
        found = self._payments.find(where, sort=NEWEST_FIRST.sort, limit=page.limit + 1)
        rows: list[Document] = await found.to_list(None)
        return rows


def payment_of(row: Mapping[str, Any]) -> Payment:
    """A payment from its document."""
    return _payment.validate_json(row["snapshot"])


def payment_at(revision: Revision) -> Payment:
    """A payment as one of its revisions has it."""
    return _payment.validate_json(revision.snapshot)


def _edition(change: Change, since: int, cause: Cause) -> Edition:
    """The payment as it is stored; a version that nobody is told of is only noted."""
    payment = change.payment
    told = {one.payment.version: f"payments.payment-{one.kind}.v1" for one in change.events}
    fields = {name: getattr(payment, name) for name in ASKED_FOR}
    if payment.card_payment_intent_id is None:
        # Only what is Stripe's is in that index.
        del fields["card_payment_intent_id"]
    steps = [
        Step(
            version=one.version,
            type=told.get(one.version, NOTED),
            at=one.changed_at,
            by=one.changed_by,
            snapshot=_payment.dump_json(one),
            reason=cause.reason,
            cause=cause.source_id,
        )
        for one in change.versions_after(since)
    ]
    return Edition(payment.payment_id, payment.clinic_id, fields, steps)


def _session(unit: Unit | None) -> Session:
    return None if unit is None else unit.session
