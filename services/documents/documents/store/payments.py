"""Copies of payments, as payments last published them."""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo, Session
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from contracts.payments import Payment

COLLECTION = "payments"
INDEXES = [
    IndexModel([("refunds.refund_id", ASCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING)]),
]


class Payments:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, payment_id: str, session: Session | None = None) -> Payment | None:
        row = await self._rows.find_one({"_id": payment_id}, session=session)
        return Payment.model_validate(row) if row else None

    async def with_receipt(self, receipt_id: str) -> Payment | None:
        """The payment of this id, or the one with a refund of this id."""
        found = await self.find(receipt_id)
        if found is not None:
            return found
        row = await self._rows.find_one({"refunds.refund_id": receipt_id})
        return Payment.model_validate(row) if row else None

    async def of_patient(self, clinic_id: str, patient_id: str) -> list[Payment]:
        rows = await self._rows.find({"clinic_id": clinic_id, "patient_id": patient_id}).to_list(None)
        return [Payment.model_validate(row) for row in rows]

    async def keep_newer(self, unit: Unit, heard: Sequence[Payment]) -> list[Payment]:
        """Stores the newest of each payment, and returns those that were news."""
        return await keep_newer(unit, self._rows, heard)
