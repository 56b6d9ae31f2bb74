"""What is sent without anybody asking: by the clinic's setting."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice
from contracts.payments import Payment
from documents.domain.deliveries.delivery import Enclosed, Order, RecipientKind
from documents.domain.documents.document import Source
from documents.store import Store
from documents.usecases.deliveries.enclosures import kept
from documents.usecases.deliveries.recipients import recipient_of
from documents.usecases.deliveries.send_invoice import put_delivery
from documents.usecases.documents.sources import Snapshot
from documents.usecases.jobs import DocumentJob, DocumentJobs
from kernel.change import Change
from kernel.errors import BusinessError
from kernel.ids import derived_id

log = structlog.get_logger(__name__)


def addressee_of(invoice: Invoice) -> tuple[RecipientKind, str] | None:
    """The patient, or who answers for them; None where neither has an address."""
    whom: tuple[RecipientKind, ...] = ("patient", "guardian")
    for to in whom:
        try:
            return to, recipient_of(invoice, to, None, None).address
        except BusinessError:
            continue
    return None


@dataclass(frozen=True, slots=True)
class SendIssued:
    """In the transaction that has it rendered: an invoice or a receipt is sent, once, where the clinic wants that."""

    store: Store
    jobs: DocumentJobs

    async def __call__(self, unit: Unit, snapshot: Snapshot, job: DocumentJob, change: Change) -> None:
        source = snapshot.source
        invoice = await _wanted(self.store, source, unit)
        delivery_id = derived_id("dlv", "issued", source.kind, source.source_id)
        if invoice is None or await self.store.deliveries.find(delivery_id, unit.session) is not None:
            return
        found = addressee_of(invoice)
        if found is None:
            log.info("not-sent-by-itself", document=source.document_id, reason="recipient-missing")
            return
        to, address = found
        kind: Enclosed = "receipt" if source.kind == "receipt" else "invoice"
        order = Order(to=to, occasion="issued", enclosures=(kept(kind, source, snapshot.number),))
        await put_delivery(unit, self.store, self.jobs, invoice, delivery_id, order, address, change, job.traceparent)


async def _wanted(store: Store, source: Source, unit: Unit) -> Invoice | None:
    """The invoice to whose patient it goes; None for what is not sent by itself."""
    if source.kind not in ("invoice", "receipt"):
        return None
    settings = await store.sending_settings.of(source.clinic_id, unit.session)
    if source.kind == "invoice" and settings.send_invoices:
        invoice = await store.invoices.find(source.source_id, unit.session)
        sent = invoice and invoice.status != "void" and settings.sends_invoice_of(invoice.finalized_at)
        return invoice if sent else None
    if source.kind == "receipt" and settings.send_receipts:
        payment = await store.payments.with_receipt(source.source_id)
        if payment is not None and payment.part == "patient" and settings.sends_receipt_of(_moved_at(payment, source)):
            return await _invoice_of(store, payment)
    return None


def _moved_at(payment: Payment, source: Source) -> datetime | None:
    """When the money came, or went back."""
    refunds = {refund.refund_id: refund.refunded_at for refund in payment.refunds}
    return refunds.get(source.source_id, payment.settled_at)


async def _invoice_of(store: Store, payment: Payment) -> Invoice | None:
    """The invoice that it is for, or else the newest one of the patient."""
    invoices = [i for i in await store.invoices.of_patient(payment.clinic_id, payment.patient_id) if i.seller]
    served = [
        invoice
        for invoice in invoices
        if invoice.invoice_id == payment.invoice_id
        or any(each.payment_id == payment.payment_id for each in invoice.allocations)
    ]
    return max(served or invoices, key=_issued, default=None)


def _issued(invoice: Invoice) -> tuple[datetime, str]:
    return invoice.finalized_at or invoice.changed_at, invoice.invoice_id
