"""Topics in."""

from chassis.messaging.consumer import Batch, Subscription
from contracts.invoicing import (
    Invoice,
    InvoiceArchived,
    InvoiceDrafted,
    InvoiceFinalized,
    InvoicePaid,
    InvoicePaymentApplied,
    InvoiceRevised,
    InvoiceVoided,
)
from contracts.topics import INVOICES
from documents.store import Store
from documents.usecases.documents.queue_renderings import queue_renderings
from documents.usecases.jobs import DocumentJobs
from kernel.clock import Clock, utc_now

EVENTS = (
    InvoiceDrafted,
    InvoiceRevised,
    InvoiceFinalized,
    InvoicePaymentApplied,
    InvoicePaid,
    InvoiceArchived,
    InvoiceVoided,
)


def invoices(store: Store, jobs: DocumentJobs, clock: Clock = utc_now) -> Subscription:
    """Every invoice, of whatever type: the newest snapshot counts."""

    async def on_invoices(batch: Batch[Invoice]) -> None:
        await queue_renderings(batch.unit, store, jobs, [(heard.event, heard.traceparent) for heard in batch], clock())

    return Subscription(topic=INVOICES, events=EVENTS, handle=on_invoices)
