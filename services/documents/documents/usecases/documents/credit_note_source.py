"""What of a credit note its document shows: all of it, since it never changes."""

import hashlib

from contracts.invoicing import CreditNoteIssued
from documents.domain.documents.document import Source
from documents.facts import CreditNoteFacts
from documents.store import Store
from documents.usecases.documents.sources import Snapshot


def source_of_credit_note(note: CreditNoteIssued) -> Source:
    """The content is hashed without defaults, so that a new optional field of the contract renders nothing anew."""
    return Source(
        kind="credit_note",
        source_id=note.credit_note_id,
        source_version=note.version,
        clinic_id=note.clinic_id,
        patient_id=note.patient_id,
        content=hashlib.sha256(note.model_dump_json(exclude_defaults=True).encode()).hexdigest(),
    )


async def credit_note_snapshot(store: Store, note: CreditNoteIssued) -> Snapshot:
    """With what its invoice says, which was issued before it: its day, and whom a note of before was from and for."""
    source, original = source_of_credit_note(note), await store.invoices.find(note.invoice_id)
    if original is not None:
        known = {"buyer": note.buyer or original.buyer, "seller": note.seller or original.seller}
        note = note.model_copy(update=known)
    facts = CreditNoteFacts(credit_note=note, original_issued_on=original.issued_on if original else None)
    return Snapshot(source, facts.model_dump_json().encode(), note.number)
