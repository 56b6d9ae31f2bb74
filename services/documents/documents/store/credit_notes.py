"""Copies of credit notes, as invoicing published them."""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo, Session
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from contracts.invoicing import CreditNoteIssued

COLLECTION = "credit_notes"
INDEXES = [IndexModel([("clinic_id", ASCENDING), ("patient_id", ASCENDING)])]


class CreditNotes:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, credit_note_id: str, session: Session | None = None) -> CreditNoteIssued | None:
        row = await self._rows.find_one({"_id": credit_note_id}, session=session)
        return CreditNoteIssued.model_validate(row) if row else None

    async def of_patient(self, clinic_id: str, patient_id: str) -> list[CreditNoteIssued]:
        rows = await self._rows.find({"clinic_id": clinic_id, "patient_id": patient_id}).to_list(None)
        return [CreditNoteIssued.model_validate(row) for row in rows]

    async def keep_newer(self, unit: Unit, heard: Sequence[CreditNoteIssued]) -> list[CreditNoteIssued]:
        """Stores each, and returns those that were news."""
        return await keep_newer(unit, self._rows, heard)
