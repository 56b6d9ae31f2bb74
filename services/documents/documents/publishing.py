"""What became of a document, as documents says it on `documents.documents`."""

from collections.abc import Iterable
from typing import assert_never

from chassis.messaging.outbox import Unit
from contracts import documents as wire
from contracts.values import ActorRef
from documents.domain.documents.document import DocumentEvent, DocumentFailed, DocumentRendered, DocumentSent, Source


def publish(unit: Unit, events: Iterable[DocumentEvent]) -> None:
    """Each event goes out as the whole document after the change."""
    for event in events:
        unit.say(_on_the_wire(event), at=event.document.changed_at)


def _on_the_wire(event: DocumentEvent) -> wire.Document:
    document = event.document
    source, file, by = document.source, document.file, document.changed_by
    return _type_of(event)(
        document_id=document.document_id,
        clinic_id=source.clinic_id,
        patient_id=source.patient_id,
        kind=source.kind,
        source_id=source.source_id,
        source_version=source.source_version,
        version=document.version,
        status=document.status,
        path=path_of(source) if file else None,
        size_bytes=file.size_bytes if file else None,
        pages=file.pages if file else None,
        sha256=file.sha256 if file else None,
        template=file.template if file else None,
        failure=document.failure,
        changed_at=document.changed_at,
        changed_by=ActorRef(actor_id=by.actor_id, name=by.name, role=by.role),
    )


def path_of(source: Source) -> str:
    """Where its file is fetched, below the service's address."""
    match source.kind:
        case "invoice":
            return f"/invoices/{source.source_id}.pdf"
        case "credit_note":
            return f"/credit-notes/{source.source_id}.pdf"
        case "receipt":
            return f"/receipts/{source.source_id}.pdf"
        case "register_day":
            return f"/register-days/{source.source_id}.pdf"
        case _:
            assert_never(source.kind)


def _type_of(event: DocumentEvent) -> type[wire.Document]:
    match event:
        case DocumentRendered():
            return wire.DocumentRendered
        case DocumentSent():
            return wire.DocumentSent
        case DocumentFailed():
            return wire.DocumentFailed
        case _:
            assert_never(event)
