"""Works off a mail job: hands the document to the mail server, and says so."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis.failpoints import crossing
from chassis.messaging.outbox import Outbox, Unit
from contracts.invoicing import Invoice
from documents.adapters.smtp import Mailer, MailRefused, MailUnavailable, compose
from documents.domain.deliveries.delivery import Delivery, delivered, given_up
from documents.domain.documents.document import Document, sending_failed, sent
from documents.domain.job import Job, pause_before_next
from documents.publishing import SYSTEM, announce
from documents.store import FileStore, Jobs, Store
from kernel.clock import Clock, utc_now
from kernel.errors import BusinessError

log = structlog.get_logger(__name__)
WAIT_FOR_DOCUMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Deliver:
    """A crash between the mail server's yes and our record sends it again, under the same Message-ID.

    Raises ClaimLost when the job was taken over, and technical failures: then the job is due again.
    """

    outbox: Outbox
    store: Store
    jobs: Jobs
    files: FileStore
    mailer: Mailer
    sender: str
    max_attempts: int
    first_pause: timedelta = timedelta(seconds=5)
    clock: Clock = utc_now

    async def __call__(self, job: Job) -> None:
        delivery = await self.store.delivery(job.subject_id)
        if delivery is None:
            raise LookupError(f"{job.job_id}: {job.subject_id} is missing")
        invoice = await self.store.invoice(delivery.invoice_id)
        if invoice is None:
            raise LookupError(f"{job.job_id}: the copy of {delivery.invoice_id} is missing")
        document = await self.store.document(delivery.document_id)
        if document is None:
            await self.jobs.again(job, WAIT_FOR_DOCUMENT, count=False)
        elif document.file is None:
            await self._settle(job, delivery, "document-failed")
        elif content := await self.files.read(document.file.sha256):
            await self._try(job, delivery, invoice, content)
        else:
            raise LookupError(f"{job.job_id}: the file of {document.document_id} is missing")

    async def _try(self, job: Job, delivery: Delivery, invoice: Invoice, content: bytes) -> None:
        try:
            if job.attempts > self.max_attempts:
                # Its worker died each time, so nobody was left to say so.
                raise MailRefused("mail-interrupted")
            mail = compose(self.sender, invoice, content, delivery.delivery_id, delivery.requested_at)
            await self.mailer.send(mail)
        except (MailRefused, BusinessError) as refusal:
            await self._settle(job, delivery, refusal.code)
        except MailUnavailable as trouble:
            log.warning("mail-failed", job=job.job_id, reason=trouble.code, attempt=job.attempts)
            if job.attempts < self.max_attempts:
                await self.jobs.again(job, pause_before_next(job.attempts, self.first_pause))
            else:
                await self._settle(job, delivery, trouble.code)
        else:
            crossing("after-mail")
            await self._settle(job, delivery, None)

    async def _settle(self, job: Job, delivery: Delivery, failure: str | None) -> None:
        now = self.clock()
        settled = given_up(delivery, failure, now) if failure else delivered(delivery, now)

        async def record(unit: Unit) -> None:
            await self.jobs.done(unit, job)
            await self.store.save_delivery(unit, settled)
            document = await self.store.document(delivery.document_id, unit.session)
            if document is not None:
                await self._save(unit, document, delivery, failure)

        await self.outbox.transact(record, traceparent=job.traceparent)
        log.info("delivery-settled", delivery=delivery.delivery_id, status=settled.status, failure=failure)

    async def _save(self, unit: Unit, document: Document, delivery: Delivery, failure: str | None) -> None:
        at, by = self.clock(), SYSTEM if failure else delivery.requested_by
        after = sending_failed(document, failure, at, by) if failure else sent(document, at, by)
        await self.store.save_document(unit, after)
        announce(unit, after)
