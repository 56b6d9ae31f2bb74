"""All documents of an invoice: what was issued, and what was printed to be sent."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.invoicing import Invoice
from documents.domain.deliveries.delivery import Enclosed, Enclosure, Sendable
from documents.domain.documents.document import DocumentStatus
from documents.publishing import path_of
from documents.store import Store
from documents.usecases.deliveries.enclosures import of_kind
from documents.usecases.ports import FileStore
from kernel.errors import NotFound

ISSUED: tuple[Sendable, ...] = ("invoice", "credit_note", "receipt")


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """`delivery_id` is that of what was printed for a delivery, `step` that of a reminder."""

    kind: Enclosed
    document_id: str
    number: str
    status: DocumentStatus
    path: str | None
    changed_at: datetime
    delivery_id: str | None = None
    step: int | None = None


async def list_documents(store: Store, invoice: Invoice) -> list[ListedDocument]:
    """What was issued first, then what was printed for a delivery, the newest first."""
    issued = [each async for each in _issued(store, invoice)] if invoice.number is not None else []
    return issued + [each async for each in _printed(store, invoice)]


async def sent_file(
    store: Store, files: FileStore, sees: Callable[[str], bool], delivery_id: str, position: int
) -> tuple[Enclosure, bytes]:
    """A document as a delivery brought it. Raises NotFound where it has none at this place, or none yet."""
    delivery = await store.deliveries.find(delivery_id)
    found = delivery.enclosures[position : position + 1] if delivery and sees(delivery.clinic_id) else ()
    content = await files.read(found[0].file) if found and found[0].file else None
    if not found or content is None:
        raise NotFound("not-found", "there is no such thing here")
    return found[0], content


async def _issued(store: Store, invoice: Invoice) -> AsyncIterator[ListedDocument]:
    for kind in ISSUED:
        async for each in of_kind(store, invoice, kind, None):
            document = await store.documents.find(each.link_id)
            if document is not None:
                path = path_of(document.source) if document.file else None
                yield ListedDocument(
                    kind, document.document_id, each.number, document.status, path, document.changed_at
                )


async def _printed(store: Store, invoice: Invoice) -> AsyncIterator[ListedDocument]:
    for delivery in await store.deliveries.of_invoice(invoice.invoice_id):
        for position, each in enumerate(delivery.enclosures):
            if each.document_id is None and each.file is not None:
                status: DocumentStatus = "rendered" if delivery.status == "queued" else delivery.status
                yield ListedDocument(
                    kind=each.kind,
                    document_id=each.link_id,
                    number=each.number,
                    status=status,
                    path=f"/deliveries/{delivery.delivery_id}/documents/{position}.pdf",
                    changed_at=delivery.settled_at or delivery.requested_at,
                    delivery_id=delivery.delivery_id,
                    step=delivery.step,
                )
