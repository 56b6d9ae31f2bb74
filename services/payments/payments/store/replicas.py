"""Copies of other services' invoices, register days and clinics, version-guarded."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo, chunks, find_in
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from payments.domain.intake.open_items import Invoice, RegisterDay
from payments.replicas import ClinicReplica, DayReplica, InvoiceReplica

INVOICES, DAYS, CLINICS = "invoices", "days", "clinics"
WORDS_AT_ONCE = 500
Clue = Literal["payment_reference", "number_key", "patient_key", "patient_id"]
"""What a transfer may find an invoice by."""
INDEXES: dict[str, Sequence[IndexModel]] = {
    INVOICES: [
        IndexModel([("clinic_id", ASCENDING), ("payment_reference", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("number_key", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("patient_key", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("open_parts", ASCENDING)]),
    ],
    DAYS: [IndexModel([("clinic_id", ASCENDING), ("register_id", ASCENDING), ("status", ASCENDING)])],
    CLINICS: [],
}
_invoice = TypeAdapter(Invoice)
_day = TypeAdapter(RegisterDay)


class ReplicaStore:
    """All of the collections. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._invoices = mongo.collection(INVOICES)
        self._days = mongo.collection(DAYS)
        self._clinics = mongo.collection(CLINICS)

    async def keep_invoices(self, unit: Unit, replicas: Sequence[InvoiceReplica]) -> list[InvoiceReplica]:
        """Stores those that are newer than what is stored, and returns them."""
        return await keep_newer(unit, self._invoices, replicas)

    async def keep_days(self, unit: Unit, replicas: Sequence[DayReplica]) -> list[DayReplica]:
        """As `keep_invoices`."""
        return await keep_newer(unit, self._days, replicas)

    async def keep_clinics(self, unit: Unit, replicas: Sequence[ClinicReplica]) -> list[ClinicReplica]:
        """As `keep_invoices`."""
        return await keep_newer(unit, self._clinics, replicas)

    async def claim_invoice(self, unit: Unit, invoice_id: str) -> Invoice | None:
        """The copy, written to, so that of two payments at once the second one sees the first."""
        row = await self._invoices.find_one_and_update(
            {"_id": invoice_id}, {"$inc": {"claims": 1}}, session=unit.session
        )
        return None if row is None else _invoice.validate_python(row)

    async def claim_invoices(self, unit: Unit, invoice_ids: Iterable[str]) -> None:
        """As `claim_invoice`, for copies that this transaction has read already."""
        for some in chunks(sorted(invoice_ids)):
            await self._invoices.update_many({"_id": {"$in": some}}, {"$inc": {"claims": 1}}, session=unit.session)

    async def open_invoices_of(self, unit: Unit, clinic_id: str, patient_id: str) -> list[Invoice]:
        """Those that take money; only looked at, not claimed."""
        where = {"clinic_id": clinic_id, "patient_id": patient_id, "status": "finalized"}
        rows = await self._invoices.find(where, session=unit.session).to_list(None)
        return [_invoice.validate_python(row) for row in rows]

    async def invoices_named(self, unit: Unit, clinic_id: str, clue: Clue, values: Iterable[str]) -> list[Invoice]:
        """Copies of the clinic with one of these values, only looked at."""
        # Most of the words of a transfer are no invoice's number.
        rows = await find_in(self._invoices, clue, values, unit.session, at_once=WORDS_AT_ONCE, clinic_id=clinic_id)
        return [_invoice.validate_python(row) for row in rows]

    async def invoices_owing(
        self, unit: Unit, clinic_id: str, amounts_minor: Iterable[int], most: int
    ) -> list[Invoice]:
        """At most so many of the clinic's of which a payer owes exactly one of these amounts; only looked at."""
        where = {"clinic_id": clinic_id, "open_parts": {"$in": list(amounts_minor)}}
        rows = await self._invoices.find(where, session=unit.session).limit(most).to_list(None)
        return [_invoice.validate_python(row) for row in rows]

    async def open_day(self, unit: Unit, clinic_id: str, register_id: str) -> RegisterDay | None:
        wanted = {"clinic_id": clinic_id, "register_id": register_id, "status": "open"}
        row = await self._days.find_one(wanted, session=unit.session)
        return None if row is None else _day.validate_python(row)
