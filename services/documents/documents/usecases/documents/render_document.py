"""Works off a render job: the snapshot becomes a file, the file a document."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from chassis.failpoints import crossing
from chassis.messaging.outbox import Outbox, Unit
from documents.domain.documents.document import Document, File, Source, rendered, rendering_failed
from documents.domain.job import Job, pause_before_next
from documents.publishing import SYSTEM, announce
from documents.store import FileStore, Jobs, Store
from documents.usecases.documents.queue_renderings import source_of
from kernel.clock import Clock, utc_now

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF and how many pages it has."""

    content: bytes
    pages: int


class RenderFailed(Exception):
    """This snapshot could not be rendered; `reason` is a stable code, without anything of the snapshot."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Renderer(Protocol):
    """Makes the PDF of an invoice snapshot (JSON). Raises RenderFailed; anything else is not the snapshot's fault."""

    async def render(self, snapshot: bytes) -> Rendered: ...


@dataclass(frozen=True, slots=True)
class RenderInvoice:
    """Raises ClaimLost when the job was taken over, and technical failures: then the job is due again."""

    outbox: Outbox
    store: Store
    jobs: Jobs
    files: FileStore
    renderer: Renderer
    max_attempts: int
    first_pause: timedelta = timedelta(seconds=2)
    clock: Clock = utc_now

    async def __call__(self, job: Job) -> None:
        invoice = await self.store.invoice(job.subject_id)
        if invoice is None:
            raise LookupError(f"{job.job_id}: the copy of {job.subject_id} is missing")
        source = source_of(invoice)
        if job.attempts > self.max_attempts:
            # Its worker died each time, so nobody was left to say so.
            await self._failed(job, source, "render-interrupted")
            return
        try:
            result = await self.renderer.render(invoice.model_dump_json().encode())
        except RenderFailed as failure:
            await self._once_more(job, source, failure.reason)
            return
        crossing("after-render")
        await self._keep(job, source, result)

    async def _keep(self, job: Job, source: Source, result: Rendered) -> None:
        file = File(hashlib.sha256(result.content).hexdigest(), source.content, len(result.content), result.pages)
        await self.files.keep(file.sha256, result.content)

        async def record(unit: Unit) -> None:
            await self.jobs.done(unit, job)
            before = await self.store.document(source.document_id, unit.session)
            await self._save(unit, rendered(before, source, file, self.clock(), SYSTEM))

        await self.outbox.transact(record, traceparent=job.traceparent)
        log.info("rendered", document=source.document_id, pages=file.pages, size_bytes=file.size_bytes)

    async def _once_more(self, job: Job, source: Source, reason: str) -> None:
        log.warning("render-failed", job=job.job_id, source=source.source_id, reason=reason, attempt=job.attempts)
        if job.attempts < self.max_attempts:
            await self.jobs.again(job, pause_before_next(job.attempts, self.first_pause))
        else:
            await self._failed(job, source, reason)

    async def _failed(self, job: Job, source: Source, reason: str) -> None:
        async def record(unit: Unit) -> None:
            await self.jobs.done(unit, job)
            before = await self.store.document(source.document_id, unit.session)
            await self._save(unit, rendering_failed(before, source, reason, self.clock(), SYSTEM))

        await self.outbox.transact(record, traceparent=job.traceparent)

    async def _save(self, unit: Unit, document: Document) -> None:
        await self.store.save_document(unit, document)
        announce(unit, document)
