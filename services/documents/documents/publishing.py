"""Says what became of a document."""

from chassis.messaging.outbox import Unit
from contracts.documents import Document as DocumentEvent
from contracts.documents import DocumentFailed, DocumentRendered, DocumentSent
from contracts.values import ActorRef
from documents.domain.documents.document import Document, Status
from kernel.actor import Actor

_EVENTS: dict[Status, type[DocumentEvent]] = {
    "rendered": DocumentRendered,
    "sent": DocumentSent,
    "failed": DocumentFailed,
}
SYSTEM = Actor(actor_id="documents", name=None, role="system")


def announce(unit: Unit, document: Document) -> None:
    """The whole document, in the transaction that saves it."""
    source, file = document.source, document.file
    event = _EVENTS[document.status](
        document_id=document.document_id,
        clinic_id=source.clinic_id,
        patient_id=source.patient_id,
        kind=source.kind,
        source_id=source.source_id,
        source_version=source.source_version,
        version=document.version,
        status=document.status,
        path=f"/invoices/{source.source_id}.pdf" if file else None,
        size_bytes=file.size_bytes if file else None,
        pages=file.pages if file else None,
        sha256=file.sha256 if file else None,
        failure=document.failure,
        changed_at=document.changed_at,
        changed_by=ActorRef(
            actor_id=document.changed_by.actor_id, name=document.changed_by.name, role=document.changed_by.role
        ),
    )
    unit.say(event, at=document.changed_at)
