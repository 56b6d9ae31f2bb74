"""Topics in."""

from typing import Any

from chassis.messaging.consumer import Batch, Subscription
from chassis.messaging.inbox import keep_newer
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
from documents.store import Jobs, Store
from documents.usecases.documents.queue_renderings import queue_renderings
from kernel.clock import Clock, utc_now


def invoices(store: Store, jobs: Jobs, clock: Clock = utc_now) -> Subscription:
    """What invoicing says of an invoice, of whatever type: the newest snapshot counts."""

    async def handle(batch: Batch[Any]) -> None:
        heard = list(batch)
        causes: dict[tuple[str, int], str | None] = {(h.event.subject, h.event.version): h.traceparent for h in heard}
        news: list[Invoice] = await keep_newer(batch.unit, store.invoices, [h.event for h in heard])
        told = [(invoice, causes[invoice.subject, invoice.version]) for invoice in news]
        await queue_renderings(batch.unit, store, jobs, told, clock())

    events = (
        InvoiceDrafted, InvoiceRevised, InvoiceFinalized, InvoicePaymentApplied,
        InvoicePaid, InvoiceArchived, InvoiceVoided,
    )  # fmt: skip
    return Subscription(topic=INVOICES, events=events, handle=handle)
