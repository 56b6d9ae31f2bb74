"""Takes the order to mail an invoice; a worker does it."""

from datetime import datetime

from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice
from documents.adapters.smtp import recipient_of
from documents.domain.deliveries.delivery import Delivery
from documents.domain.job import Job
from documents.store import Jobs, Store
from documents.usecases.documents.fetch_document import finalized
from documents.usecases.documents.queue_renderings import source_of
from kernel.actor import Actor
from kernel.errors import Conflict
from kernel.ids import derived_id, new_id


async def send_invoice(
    unit: Unit, store: Store, jobs: Jobs, invoice: Invoice, by: Actor, now: datetime, traceparent: str | None
) -> Delivery:
    """Raises Conflict for a draft or a void invoice, BusinessError 422 when there is no address to send it to."""
    finalized(invoice)
    if invoice.status == "void":
        raise Conflict("invoice-void", f"{invoice.invoice_id} is void: it is not sent any more")
    recipient_of(invoice)
    delivery = Delivery(
        delivery_id=new_id("dlv"),
        version=1,
        clinic_id=invoice.clinic_id,
        invoice_id=invoice.invoice_id,
        document_id=source_of(invoice).document_id,
        status="queued",
        requested_at=now,
        requested_by=by,
    )
    await store.save_delivery(unit, delivery)
    await jobs.put(unit, [_job(delivery, traceparent)])
    return delivery


def _job(delivery: Delivery, traceparent: str | None) -> Job:
    return Job(
        job_id=derived_id("job", "mail", delivery.delivery_id),
        kind="mail",
        subject_id=delivery.delivery_id,
        content=delivery.delivery_id,
        queued_at=delivery.requested_at,
        due_at=delivery.requested_at,
        traceparent=traceparent,
    )
