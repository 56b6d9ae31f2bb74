"""Whatever has a number gets its PDF, whichever event gave us the number first."""

from collections.abc import Sequence
from datetime import datetime

from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice
from documents.store import Store
from documents.usecases.documents.invoice_source import source_of
from documents.usecases.jobs import DocumentJobs, render_job


async def queue_renderings(
    unit: Unit, store: Store, jobs: DocumentJobs, heard: Sequence[tuple[Invoice, str | None]], at: datetime
) -> None:
    """`heard` are invoices, each with the traceparent of its event: the newest snapshot of each counts.

    What is rendered or queued already is left alone.
    """
    causes = {(invoice.subject, invoice.version): traceparent for invoice, traceparent in heard}
    news = await store.invoices.keep_newer(unit, [invoice for invoice, _ in heard])
    numbered = [invoice for invoice in news if invoice.number is not None]
    if not numbered:
        return
    sources = [source_of(invoice) for invoice in numbered]
    traces = [causes[invoice.subject, invoice.version] for invoice in numbered]
    wanted = [(source, render_job(source, at, trace)) for source, trace in zip(sources, traces, strict=True)]
    known = await store.documents.contents(sources, unit.session)
    known |= await jobs.contents([job.job_id for _, job in wanted], unit.session)

    await jobs.put(unit, [job for source, job in wanted if source.content not in known])
