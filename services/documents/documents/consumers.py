"""Topics in."""

from chassis.messaging.consumer import Batch, Subscription
from contracts.cash_register import DayClosed
from contracts.invoicing import (
    ClinicConfigured,
    CreditNoteIssued,
    Invoice,
    InvoiceArchived,
    InvoiceDrafted,
    InvoiceFinalized,
    InvoicePaid,
    InvoicePaymentApplied,
    InvoiceRevised,
    InvoiceVoided,
)
from contracts.payments import Payment, PaymentDisputed, PaymentFailed, PaymentReceived, PaymentRefunded
from contracts.topics import CLINICS, DAYS, INVOICES, PAYMENTS
from documents.store import Store
from documents.usecases.documents.queue_renderings import queue_day_reports, queue_receipts, queue_renderings
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
    CreditNoteIssued,
)
PAYMENT_EVENTS = (PaymentReceived, PaymentFailed, PaymentRefunded, PaymentDisputed)


def invoices(store: Store, jobs: DocumentJobs, clock: Clock = utc_now) -> Subscription:
    """Every invoice, of whatever type, of which the newest snapshot counts; and every credit note."""

    async def on_invoices(batch: Batch[Invoice | CreditNoteIssued]) -> None:
        await queue_renderings(batch.unit, store, jobs, [(heard.event, heard.traceparent) for heard in batch], clock())

    return Subscription(topic=INVOICES, events=EVENTS, handle=on_invoices)


def payments(store: Store, jobs: DocumentJobs, clock: Clock = utc_now) -> Subscription:
    """Every payment, of whatever type: the newest snapshot counts."""

    async def on_payments(batch: Batch[Payment]) -> None:
        await queue_receipts(batch.unit, store, jobs, [(heard.event, heard.traceparent) for heard in batch], clock())

    return Subscription(topic=PAYMENTS, events=PAYMENT_EVENTS, handle=on_payments)


def days(store: Store, jobs: DocumentJobs, clock: Clock = utc_now) -> Subscription:
    """Every day of a register that was closed."""

    async def on_days(batch: Batch[DayClosed]) -> None:
        await queue_day_reports(batch.unit, store, jobs, [(heard.event, heard.traceparent) for heard in batch], clock())

    return Subscription(topic=DAYS, events=(DayClosed,), handle=on_days)


def clinics(store: Store) -> Subscription:
    async def on_clinics(batch: Batch[ClinicConfigured]) -> None:
        await store.clinics.keep_newer(batch.unit, [heard.event for heard in batch])

    return Subscription(topic=CLINICS, events=(ClinicConfigured,), handle=on_clinics)
