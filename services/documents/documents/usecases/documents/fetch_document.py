"""Gets a document, waiting a little for one that is being rendered."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from chassis.messaging.outbox import Outbox, Unit
from chassis.telemetry import current_traceparent
from documents.domain.documents.document import Document, Source
from documents.store import Store
from documents.usecases.documents.sources import Snapshot
from documents.usecases.jobs import DocumentJobs, render_job
from documents.usecases.ports import FileStore
from kernel.clock import Clock, utc_now
from kernel.errors import BusinessError

POLL_S = 0.1


class NotRenderedYet(Exception):
    """It is being rendered and will be there in a while."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """`tag` is equal as long as the bytes are."""

    number: str
    content: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class FetchDocument:
    """Raises NotRenderedYet, and BusinessError 500 when it could not be rendered a while ago."""

    outbox: Outbox
    store: Store
    jobs: DocumentJobs
    files: FileStore
    wait_s: float
    retry_after: timedelta = timedelta(minutes=5)
    clock: Clock = utc_now

    async def __call__(self, snapshot: Snapshot) -> Pdf:
        number, source = snapshot.number, snapshot.source
        document = await self.store.documents.find(source.document_id)
        if pdf := await self._pdf(document, source, number):
            return pdf
        if document and document.failed_on(source) and self.clock() - document.changed_at < self.retry_after:
            raise _failed(document)
        known = document.version if document else 0
        await self._ask_for(source, known)
        return await self._await(source, number, known)

    async def _pdf(self, document: Document | None, source: Source, number: str) -> Pdf | None:
        if document is None or document.file is None or not document.shows(source):
            return None
        content = await self.files.read(document.file.sha256)
        return Pdf(number, content, document.file.sha256) if content is not None else None

    async def _ask_for(self, source: Source, known: int) -> None:
        """Queues it unless it is: this is how one that failed, or whose file was lost, gets another try.

        One that was rendered since it was looked for, at a version after `known`, is not rendered twice.

        One that is queued is the next of its clinic: somebody waits for it.
        """
        job = render_job(source, self.clock(), current_traceparent())

        async def put(unit: Unit) -> None:
            document = await self.store.documents.find(source.document_id, unit.session)
            if document is not None and document.version > known:
                return
            if source.content not in await self.jobs.contents([job.job_id], unit.session):
                await self.jobs.put(unit, [job])
            await self.jobs.hurry(unit, job.job_id)

        await self.outbox.transact(put)

    async def _await(self, source: Source, number: str, known: int) -> Pdf:
        deadline = asyncio.get_running_loop().time() + self.wait_s
        while asyncio.get_running_loop().time() < deadline:
            document = await self.store.documents.find(source.document_id)
            if document and document.version > known:
                if pdf := await self._pdf(document, source, number):
                    return pdf
                if document.failed_on(source):
                    raise _failed(document)
            await asyncio.sleep(POLL_S)
        raise NotRenderedYet


def _failed(document: Document) -> BusinessError:
    return BusinessError(
        "rendering-failed", f"{document.document_id} could not be rendered: {document.failure}", status=500
    )
