"""Takes the order to mail an invoice; a worker does it."""

from chassis.domain_names import ascii_domain
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice
from documents.domain.deliveries.delivery import Delivery, request_delivery
from documents.domain.deliveries.mail import destination_of, recipient_of
from documents.store import Store
from documents.usecases.documents.invoice_source import number_of, source_of
from documents.usecases.jobs import DocumentJobs, mail_job, render_job
from kernel.change import Change
from kernel.errors import Conflict
from kernel.ids import new_id


async def send_invoice(
    unit: Unit, store: Store, jobs: DocumentJobs, invoice: Invoice, change: Change, traceparent: str | None
) -> Delivery:
    """Raises Conflict for a draft or a void invoice, BusinessError 422 when there is no address to send it to."""
    number_of(invoice)
    if invoice.status == "void":
        raise Conflict("invoice-void", f"{invoice.invoice_id} is void: it is not sent any more")
    recipient = recipient_of(invoice.invoice_id, invoice.buyer.email, ascii_domain)
    source = source_of(invoice)
    delivery = request_delivery(new_id("dlv"), source, change).state

    await store.deliveries.save(unit, delivery)
    await jobs.put(unit, [mail_job(delivery, destination_of(recipient), traceparent)])
    await jobs.hurry(unit, render_job(source, change.at, traceparent).job_id)
    return delivery
