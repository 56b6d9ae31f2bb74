"""Copies of invoices, as invoicing last published them."""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo, Session
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice

COLLECTION = "invoices"
INDEXES = [IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING)])]


class Invoices:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, invoice_id: str, session: Session | None = None) -> Invoice | None:
        row = await self._rows.find_one({"_id": invoice_id}, session=session)
        return Invoice.model_validate(row) if row else None

    async def of_patient(self, clinic_id: str, patient_id: str) -> list[Invoice]:
        rows = await self._rows.find({"clinic_id": clinic_id, "patient_id": patient_id}).to_list(None)
        return [Invoice.model_validate(row) for row in rows]

    async def keep_newer(self, unit: Unit, heard: Sequence[Invoice]) -> list[Invoice]:
        """Stores the newest of each invoice, and returns those that were news."""
        return await keep_newer(unit, self._rows, heard)
