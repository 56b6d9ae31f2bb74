"""Finds what a document is made from, by the kind of its source."""

from typing import assert_never

from documents.domain.documents.document import DocumentKind
from documents.store import Store
from documents.usecases.documents.credit_note_source import credit_note_snapshot
from documents.usecases.documents.invoice_source import invoice_snapshot
from documents.usecases.documents.receipt_source import receipt_snapshot
from documents.usecases.documents.register_day_source import day_snapshot
from documents.usecases.documents.sources import Snapshot


async def find_snapshot(store: Store, kind: DocumentKind, source_id: str) -> Snapshot | None:
    """None where the copy of its source is missing."""
    match kind:
        case "invoice":
            invoice = await store.invoices.find(source_id)
            return await invoice_snapshot(store, invoice) if invoice else None
        case "credit_note":
            note = await store.credit_notes.find(source_id)
            return await credit_note_snapshot(store, note) if note else None
        case "receipt":
            payment = await store.payments.with_receipt(source_id)
            return await receipt_snapshot(store, payment, source_id) if payment else None
        case "register_day":
            day = await store.days.find(source_id)
            return await day_snapshot(store, day) if day else None
        case _:
            assert_never(kind)
