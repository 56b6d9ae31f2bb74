"""Works off a render job: the snapshot becomes a file, the file a document."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from chassis.failpoints import crossing
from chassis.messaging.outbox import Outbox, Unit
from contracts.invoicing import Invoice
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
from documents.usecases.ports import FileStore, RenderedPdf, Renderer
from kernel.change import Change
from kernel.clock import Clock, utc_now
from kernel.outcome import Outcome

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RenderDocument:
    """Raises RenderFailed, ClaimLost when the job was taken over, and technical failures."""

    outbox: Outbox
    store: Store
    jobs: DocumentJobs
    files: FileStore
    renderer: Renderer
    clock: Clock = utc_now

    async def __call__(self, job: DocumentJob) -> None:
        invoice = await self._invoice(job)
        pdf = await self.renderer.render(invoice.model_dump_json().encode())
        crossing("after-render")
        await self._record_pdf(job, source_of(invoice), pdf)
        if pdf.lacks:
            log.warning("rendered-without", document=source_of(invoice).document_id, lacks=pdf.lacks)

    async def give_up(self, job: DocumentJob, reason: str) -> None:
        """The document says why; a reader keeps getting the file of before, if there is one."""
        source = source_of(await self._invoice(job))
        await self._record(job, source, lambda before, change: record_failed_rendering(before, source, reason, change))
        log.warning("render-given-up", document=source.document_id, reason=reason)

    async def _invoice(self, job: DocumentJob) -> Invoice:
        invoice = await self.store.invoices.find(job.subject_id)
        if invoice is None:
            raise LookupError(f"{job.job_id}: the copy of {job.subject_id} is missing")
        return invoice

    async def _record_pdf(self, job: DocumentJob, source: Source, pdf: RenderedPdf) -> None:
        file = File(hashlib.sha256(pdf.content).hexdigest(), source.content, len(pdf.content), pdf.pages)
        await self.files.keep(file.sha256, pdf.content)
        await self._record(job, source, lambda before, change: record_rendering(before, source, file, change))
        log.info("rendered", document=source.document_id, pages=file.pages, size_bytes=file.size_bytes)

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
