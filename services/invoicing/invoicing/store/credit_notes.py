"""Credit notes as they are stored: the event, byte for byte, beside the fields that are asked for."""

from collections.abc import Sequence

import msgspec
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, Mongo
from chassis.journal.revisions import GENESIS, Revision, Revisions
from chassis.messaging.outbox import Unit
from contracts.envelope import account_key
from contracts.invoicing import CreditNoteIssued
from invoicing.domain.invoice.credit_note import CreditNote
from kernel.errors import NotFound

COLLECTION = "credit_notes"
INDEXES: Sequence[IndexModel] = [
    IndexModel([("invoice_id", ASCENDING), ("nth", ASCENDING)]),
    IndexModel([("clinic_id", ASCENDING)]),
]

_WRITE = msgspec.json.Encoder()
_READ = msgspec.json.Decoder(CreditNote)


class CreditNotes:
    """They never change: each is written once, with its revision and its event."""

    def __init__(self, mongo: Mongo, revisions: Revisions) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._revisions = revisions

    async def one(self, credit_note_id: str) -> CreditNote:
        """Raises NotFound."""
        row: Document | None = await self._rows.find_one({"_id": credit_note_id})
        if row is None:
            raise NotFound("credit-note-unknown", f"there is no credit note {credit_note_id}")
        return _READ.decode(row["snapshot"])

    async def of(self, invoice_id: str, unit: Unit | None = None) -> list[CreditNote]:
        """All of the invoice's, oldest first."""
        found = self._rows.find({"invoice_id": invoice_id}, session=unit and unit.session).sort("nth", 1)
        return [_READ.decode(row["snapshot"]) for row in await found.to_list(None)]

    async def add(self, unit: Unit, note: CreditNote, nth: int) -> None:
        """`nth` of its invoice, counted from 1."""
        snapshot = told(note)
        revision = Revision(
            note.credit_note_id,
            1,
            CreditNoteIssued.TYPE,
            note.clinic_id,
            note.changed_at,
            note.changed_by.actor_id,
            note.changed_by.name,
            note.changed_by.role,
            note.reason,
            snapshot,
            GENESIS,
        )
        hash_ = revision.hash
        row = {
            "_id": note.credit_note_id,
            "clinic_id": note.clinic_id,
            "invoice_id": note.invoice_id,
            "nth": nth,
            "version": 1,
            "head": hash_,
            "snapshot": snapshot,
        }
        await self._rows.insert_one(row, session=unit.session)
        await self._revisions.write(unit, [(revision, hash_)])
        unit.say_json(
            CreditNoteIssued,
            snapshot,
            subject=note.credit_note_id,
            version=1,
            key=account_key(note.clinic_id, note.patient_id),
            at=note.changed_at,
        )


def told(note: CreditNote) -> bytes:
    """A credit note as its event and the API show it."""
    return _WRITE.encode(note)
