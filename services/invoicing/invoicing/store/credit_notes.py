"""Credit notes as they are stored: the event, byte for byte, beside the fields that are asked for."""

from collections.abc import Iterable, Sequence

import msgspec
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, Mongo
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.credit_note import CreditNote, CreditNoteIssued
from invoicing.journal import JOURNAL
from invoicing.publishing import Publication
from kernel.change import Change
from kernel.errors import NotFound

COLLECTION = "credit_notes"
INDEXES: Sequence[IndexModel] = [
    IndexModel([("invoice_id", ASCENDING), ("nth", ASCENDING)]),
    IndexModel([("clinic_id", ASCENDING)]),
]

_READ = msgspec.json.Decoder(CreditNote)


class CreditNotes:
    """They never change: each is written once, with its revision."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._documents = VersionedDocuments(mongo, COLLECTION, JOURNAL, keeps_snapshot=True)

    async def get(self, credit_note_id: str) -> CreditNote:
        """Raises NotFound."""
        row: Document | None = await self._rows.find_one({"_id": credit_note_id})
        if row is None:
            raise NotFound("credit-note-unknown", f"there is no credit note {credit_note_id}")
        return _READ.decode(row["snapshot"])

    async def of(self, invoice_id: str, unit: Unit | None = None) -> list[CreditNote]:
        """All of the invoice's, oldest first."""
        found = self._rows.find({"invoice_id": invoice_id}, session=unit and unit.session).sort("nth", 1)
        return [_READ.decode(row["snapshot"]) for row in await found.to_list(None)]

    async def save(self, unit: Unit, publications: Iterable[Publication[CreditNoteIssued]]) -> None:
        """Each with its revision."""
        await self._documents.save(unit, list(map(_change, publications)))


def _change(publication: Publication[CreditNoteIssued]) -> DocumentChange:
    note = publication.event.credit_note
    fields = {
        "clinic_id": note.clinic_id,
        "invoice_id": note.invoice_id,
        "nth": publication.event.nth,
        "version": note.version,
    }
    change = Change(note.changed_at, note.changed_by, note.reason)
    version = Version(note.version, publication.type.TYPE, change, publication.snapshot)
    return DocumentChange.of(note.credit_note_id, fields, version)
