"""Copies of invoices, as invoicing last published them."""

from collections.abc import Sequence
from datetime import date

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo, Session
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice

COLLECTION = "invoices"
INDEXES = [
    IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), ("due_on", ASCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), ("instalments.due_on", ASCENDING)]),
]


class Invoices:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, invoice_id: str, session: Session | None = None) -> Invoice | None:
        row = await self._rows.find_one({"_id": invoice_id}, session=session)
        return Invoice.model_validate(row) if row else None

    async def of_patient(self, clinic_id: str, patient_id: str) -> list[Invoice]:
        rows = await self._rows.find({"clinic_id": clinic_id, "patient_id": patient_id}).to_list(None)
        return [Invoice.model_validate(row) for row in rows]

    async def due_by(self, clinic_id: str, latest: date) -> list[str]:
        """The ids of those that ask for money, and did so for all or some of it by that day."""
        open_ = {"clinic_id": clinic_id, "status": "finalized"}
        found: dict[str, None] = {}
        for due in ("due_on", "instalments.due_on"):
            rows = self._rows.find({**open_, due: {"$lte": latest.isoformat()}}, {"_id": 1})
            found |= dict.fromkeys([row["_id"] for row in await rows.to_list(None)])
        return list(found)

    async def keep_newer(self, unit: Unit, heard: Sequence[Invoice]) -> list[Invoice]:
        """Stores the newest of each invoice, and returns those that were news."""
        return await keep_newer(unit, self._rows, heard)
