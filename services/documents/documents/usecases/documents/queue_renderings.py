"""Whatever has a number gets its PDF, whichever event told us so first."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice
from documents.domain.documents.document import INVOICE, Source
from documents.domain.job import Job
from documents.store import Jobs, Store
from kernel.ids import derived_id

FROZEN: dict[str, bool | set[str]] = {
    **dict.fromkeys(("invoice_id", "number", "currency", "issued_on", "due_on", "note"), True),
    **dict.fromkeys(("lines", "tax", "buyer", "seller", "provider"), True),
    "totals": {"net", "tax", "gross"},
}
"""What finalizing fixes. Payments go on changing the rest, and make no other document of it."""


def source_of(invoice: Invoice) -> Source:
    """The content is hashed without defaults, so that a new optional field of the contract renders nothing anew."""
    frozen = invoice.model_dump_json(include=FROZEN, exclude_defaults=True)
    return Source(
        kind=INVOICE,
        source_id=invoice.invoice_id,
        source_version=invoice.version,
        clinic_id=invoice.clinic_id,
        patient_id=invoice.patient_id,
        content=hashlib.sha256(frozen.encode()).hexdigest(),
    )


def render_job(source: Source, now: datetime, traceparent: str | None) -> Job:
    """One a document: another for the same invoice takes its place."""
    return Job(
        job_id=derived_id("job", source.kind, source.source_id),
        kind="render",
        subject_id=source.source_id,
        content=source.content,
        queued_at=now,
        due_at=now,
        traceparent=traceparent,
    )


async def queue_renderings(
    unit: Unit, store: Store, jobs: Jobs, news: Sequence[tuple[Invoice, str | None]], now: datetime
) -> None:
    """`news` are invoices, each with the traceparent of its event. What is rendered or queued is left alone."""
    numbered = [(source_of(invoice), cause) for invoice, cause in news if invoice.number is not None]
    if not numbered:
        return
    wanted = [(source, render_job(source, now, cause)) for source, cause in numbered]
    known = await store.contents([source for source, _ in wanted], unit.session)
    known |= await jobs.contents([job.job_id for _, job in wanted], unit.session)
    await jobs.put(unit, [job for source, job in wanted if source.content not in known])
