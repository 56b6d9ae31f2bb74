"""Works off a render job: the snapshot becomes a file, the file a document."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis.failpoints import crossing
from chassis.jobs import pause_before_next
from chassis.messaging.outbox import Outbox, Unit
from documents.domain.documents.document import (
    SERVICE,
    Document,
    DocumentEvent,
    File,
    Source,
    record_failed_rendering,
    record_rendering,
)
from documents.publishing import publish
from documents.store import Store
from documents.usecases.documents.invoice_source import source_of
from documents.usecases.jobs import DocumentJob, DocumentJobs
from documents.usecases.ports import FileStore, RenderedPdf, Renderer, RenderFailed
from kernel.change import Change
from kernel.clock import Clock, utc_now
from kernel.outcome import Outcome

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RenderDocument:
    """Raises ClaimLost when the job was taken over, and technical failures: then the job is due again."""

    outbox: Outbox
    store: Store
    jobs: DocumentJobs
    files: FileStore
    renderer: Renderer
    max_attempts: int
    first_pause: timedelta = timedelta(seconds=2)
    clock: Clock = utc_now

    async def __call__(self, job: DocumentJob) -> None:
        invoice = await self.store.invoices.find(job.subject_id)
        if invoice is None:
            raise LookupError(f"{job.job_id}: the copy of {job.subject_id} is missing")
        source = source_of(invoice)
        if job.attempts > self.max_attempts:
            # Its worker died each time, so nobody was left to say so.
            await self._record_failure(job, source, "render-interrupted")
            return
        try:
            pdf = await self.renderer.render(invoice.model_dump_json().encode())
        except RenderFailed as failure:
            await self._try_again(job, source, failure.reason)
            return
        crossing("after-render")
        await self._record_pdf(job, source, pdf)

    async def _record_pdf(self, job: DocumentJob, source: Source, pdf: RenderedPdf) -> None:
        file = File(hashlib.sha256(pdf.content).hexdigest(), source.content, len(pdf.content), pdf.pages)
        await self.files.keep(file.sha256, pdf.content)
        await self._record(job, source, lambda before, change: record_rendering(before, source, file, change))
        log.info("rendered", document=source.document_id, pages=file.pages, size_bytes=file.size_bytes)

    async def _try_again(self, job: DocumentJob, source: Source, reason: str) -> None:
        log.warning("render-failed", job=job.job_id, source=source.source_id, reason=reason, attempt=job.attempts)
        if job.attempts < self.max_attempts:
            await self.jobs.again(job, pause_before_next(job.attempts, self.first_pause))
        else:
            await self._record_failure(job, source, reason)

    async def _record_failure(self, job: DocumentJob, source: Source, reason: str) -> None:
        await self._record(job, source, lambda before, change: record_failed_rendering(before, source, reason, change))

    async def _record(
        self,
        job: DocumentJob,
        source: Source,
        decide: Callable[[Document | None, Change], Outcome[Document, DocumentEvent]],
    ) -> None:
        async def record(unit: Unit) -> None:
            before = await self.store.documents.find(source.document_id, unit.session)
            outcome = decide(before, Change(self.clock(), SERVICE))
            await self.jobs.done(unit, job)
            await self.store.documents.save(unit, outcome.state)
            publish(unit, outcome.events)

        await self.outbox.transact(record, traceparent=job.traceparent)
