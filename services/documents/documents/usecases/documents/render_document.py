"""Works off a render job: what is frozen of its source becomes a file, the file a document."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from chassis.failpoints import crossing
from chassis.messaging.outbox import Outbox, Unit
from chassis.telemetry.metrics import RENDERED_WITHOUT
from documents.domain.documents.document import (
    SERVICE,
    Document,
    DocumentEvent,
    File,
    record_failed_rendering,
    record_rendering,
)
from documents.publishing import publish
from documents.store import Store
from documents.usecases.documents.snapshots import find_snapshot
from documents.usecases.documents.sources import Snapshot, source_named
from documents.usecases.jobs import DocumentJob, DocumentJobs
from documents.usecases.looks.look_of import look_of
from documents.usecases.ports import FileStore, Renderer
from documents.usecases.rendered_pdf import RenderedPdf
from kernel.change import Change
from kernel.clock import Clock, utc_now
from kernel.outcome import Outcome

log = structlog.get_logger(__name__)
Issued = Callable[[Unit, Snapshot, DocumentJob, Change], Awaitable[None]]
"""What follows, in the same transaction, when a document is there."""


@dataclass(frozen=True, slots=True)
class RenderDocument:
    """Raises RenderFailed, ClaimLost when the job was taken over, and technical failures."""

    outbox: Outbox
    store: Store
    jobs: DocumentJobs
    files: FileStore
    renderer: Renderer
    issued: Issued
    clock: Clock = utc_now

    async def __call__(self, job: DocumentJob) -> None:
        snapshot = await self._snapshot(job)
        look = await look_of(self.store, snapshot.source.clinic_id)
        pdf = await self.renderer.render(snapshot.source.kind, snapshot.facts, look)
        crossing("after-render")
        await self._record_pdf(job, snapshot, pdf)
        for lacking in pdf.lacks:
            RENDERED_WITHOUT.labels(lacking.partition(":")[0]).inc()
        if pdf.lacks:
            log.warning("rendered-without", document=snapshot.source.document_id, lacks=pdf.lacks)

    async def give_up(self, job: DocumentJob, reason: str) -> None:
        """The document says why; a reader keeps getting the file of before, if there is one."""
        snapshot = await self._snapshot(job)
        source = snapshot.source
        await self._record(
            job, snapshot, lambda before, change: record_failed_rendering(before, source, reason, change)
        )
        log.warning("render-given-up", document=source.document_id, reason=reason)

    async def _snapshot(self, job: DocumentJob) -> Snapshot:
        snapshot = await find_snapshot(self.store, *source_named(job.subject_id))
        if snapshot is None:
            raise LookupError(f"{job.job_id}: the copy of {job.subject_id} is missing")
        return snapshot

    async def _record_pdf(self, job: DocumentJob, snapshot: Snapshot, pdf: RenderedPdf) -> None:
        source = snapshot.source
        xml = None if pdf.e_invoice is None else await self._kept(pdf.e_invoice)
        sha256, size_bytes = await self._kept(pdf.content), len(pdf.content)
        file = File(sha256, source.content, size_bytes, pdf.pages, pdf.template, xml, pdf.lacks)
        await self._record(job, snapshot, lambda before, change: record_rendering(before, source, file, change))
        log.info("rendered", document=source.document_id, pages=file.pages, size_bytes=file.size_bytes)

    async def _kept(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        await self.files.keep(sha256, content)
        return sha256

    async def _record(
        self,
        job: DocumentJob,
        snapshot: Snapshot,
        decide: Callable[[Document | None, Change], Outcome[Document, DocumentEvent]],
    ) -> None:
        async def record(unit: Unit) -> None:
            before = await self.store.documents.find(snapshot.source.document_id, unit.session)
            change = Change(self.clock(), SERVICE)
            outcome = decide(before, change)
            await self.jobs.done(unit, job)
            await self.store.documents.save(unit, outcome.state)
            publish(unit, outcome.events)
            if outcome.state.status == "rendered":
                await self.issued(unit, snapshot, job, change)

        await self.outbox.transact(record, traceparent=job.traceparent)
