"""Whatever has a number gets its PDF, whichever event gave us the number first."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.messaging.outbox import Unit
from contracts.cash_register import DayClosed
from contracts.invoicing import CreditNoteIssued, Invoice
from contracts.payments import Payment
from documents.domain.documents.document import Source
from documents.domain.documents.receipt import ISSUED_AFTER
from documents.store import Store
from documents.usecases.documents.credit_note_source import source_of_credit_note
from documents.usecases.documents.invoice_source import source_of
from documents.usecases.documents.receipt_source import receipts_of
from documents.usecases.documents.register_day_source import is_whole, source_of_day
from documents.usecases.jobs import DocumentJobs, render_job

Heard = Sequence[tuple[Invoice | CreditNoteIssued, str | None]]
"""Each with the traceparent of its event."""
Wanted = list[tuple[Source, str | None]]


async def queue_renderings(unit: Unit, store: Store, jobs: DocumentJobs, heard: Heard, at: datetime) -> None:
    """The newest snapshot of each invoice counts. What is rendered or queued already is left alone."""
    causes = {(event.subject, event.version): traceparent for event, traceparent in heard}
    invoices = await store.invoices.keep_newer(unit, [event for event, _ in heard if isinstance(event, Invoice)])
    notes = [event for event, _ in heard if isinstance(event, CreditNoteIssued)]
    notes = await store.credit_notes.keep_newer(unit, notes)
    wanted: Wanted = [
        (source_of(invoice), causes[invoice.subject, invoice.version])
        for invoice in invoices
        if invoice.number is not None
    ]
    wanted += [(source_of_credit_note(note), causes[note.subject, note.version]) for note in notes]
    await _queue(unit, store, jobs, wanted, at)


async def queue_receipts(
    unit: Unit, store: Store, jobs: DocumentJobs, heard: Sequence[tuple[Payment, str | None]], at: datetime
) -> None:
    """Of each payment and refund one, a moment after it was heard."""
    causes = {(payment.subject, payment.version): traceparent for payment, traceparent in heard}
    news = await store.payments.keep_newer(unit, [payment for payment, _ in heard])
    wanted = [(source, causes[payment.subject, payment.version]) for payment in news for source in receipts_of(payment)]
    await _queue(unit, store, jobs, wanted, at, ISSUED_AFTER)


async def queue_day_reports(
    unit: Unit, store: Store, jobs: DocumentJobs, heard: Sequence[tuple[DayClosed, str | None]], at: datetime
) -> None:
    """Of each day that was closed, once its Z report is whole, and again when its difference is approved."""
    causes = {(day.subject, day.version): traceparent for day, traceparent in heard}
    news = await store.days.keep_newer(unit, [day for day, _ in heard])
    whole = [(source_of_day(day), causes[day.subject, day.version]) for day in news if is_whole(day)]
    await _queue(unit, store, jobs, whole, at)


async def _queue(
    unit: Unit, store: Store, jobs: DocumentJobs, wanted: Wanted, at: datetime, wait: timedelta = timedelta()
) -> None:
    """What is rendered or queued already is left alone."""
    if not wanted:
        return
    work = [(source, render_job(source, at, trace, wait)) for source, trace in wanted]
    known = await store.documents.contents([source for source, _ in work], unit.session)
    known |= await jobs.contents([job.job_id for _, job in work], unit.session)
    await jobs.put(unit, [job for source, job in work if not any(source.is_of(content) for content in known)])
