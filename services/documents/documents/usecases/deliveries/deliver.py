"""Works off a mail job: hands the document to the mail server, and says so."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis.domain_names import ascii_domain
from chassis.failpoints import crossing
from chassis.job_worker import JobFailed, JobWaits
from chassis.messaging.outbox import Outbox, Unit
from contracts.invoicing import Invoice
from documents.domain.deliveries.delivery import Delivery, give_up, record_delivered
from documents.domain.deliveries.mail import InvoiceMail, recipient_of
from documents.domain.documents.document import SERVICE, record_failed_sending, record_sending
from documents.publishing import publish
from documents.store import Store
from documents.usecases.jobs import DocumentJob, DocumentJobs
from documents.usecases.ports import FileStore, Mailer
from kernel.change import Change
from kernel.clock import Clock, utc_now
from kernel.errors import BusinessError

log = structlog.get_logger(__name__)
FIRST_LOOK, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Deliver:
    """A crash between the mail server's yes and our record sends it again, under the same Message-ID.

    Raises JobFailed, JobWaits while its document is being rendered, ClaimLost when the job was taken over, and
    technical failures.
    """

    outbox: Outbox
    store: Store
    jobs: DocumentJobs
    files: FileStore
    mailer: Mailer
    clock: Clock = utc_now

    async def __call__(self, job: DocumentJob) -> None:
        delivery = await self._delivery(job)
        invoice = await self.store.invoices.find(delivery.invoice_id)
        if invoice is None:
            raise LookupError(f"{job.job_id}: the copy of {delivery.invoice_id} is missing")
        document = await self.store.documents.find(delivery.document_id)
        if document is None:
            raise JobWaits(pause_before_next_look(self.clock() - job.queued_at))
        if document.file is None:
            raise JobFailed("document-failed", final=True)
        pdf = await self.files.read(document.file.sha256)
        if pdf is None:
            raise JobFailed("file-missing")
        await self._send(delivery, invoice, pdf)
        crossing("after-mail")
        await self._settle(job, delivery, None)

    async def give_up(self, job: DocumentJob, reason: str) -> None:
        """The delivery says why, and so does the document."""
        await self._settle(job, await self._delivery(job), reason)

    async def _delivery(self, job: DocumentJob) -> Delivery:
        delivery = await self.store.deliveries.find(job.subject_id)
        if delivery is None:
            raise LookupError(f"{job.job_id}: {job.subject_id} is missing")
        return delivery

    async def _send(self, delivery: Delivery, invoice: Invoice, pdf: bytes) -> None:
        try:
            mail = mail_of(delivery, invoice, pdf)
        except BusinessError as refusal:
            raise JobFailed(refusal.code, final=True) from None
        await self.mailer.send(mail)

    async def _settle(self, job: DocumentJob, delivery: Delivery, failure: str | None) -> None:
        change = Change(self.clock(), SERVICE if failure else delivery.requested_by)
        settled = give_up(delivery, failure, change) if failure else record_delivered(delivery, change)

        async def record(unit: Unit) -> None:
            await self.jobs.done(unit, job)
            await self.store.deliveries.save(unit, settled.state)
            await self._record_on_document(unit, delivery.document_id, failure, change)

        await self.outbox.transact(record, traceparent=job.traceparent)
        log.info("delivery-settled", delivery=delivery.delivery_id, status=settled.state.status, failure=failure)

    async def _record_on_document(self, unit: Unit, document_id: str, failure: str | None, change: Change) -> None:
        document = await self.store.documents.find(document_id, unit.session)
        if document is None:
            return
        outcome = record_failed_sending(document, failure, change) if failure else record_sending(document, change)
        await self.store.documents.save(unit, outcome.state)
        publish(unit, outcome.events)


def pause_before_next_look(waited: timedelta) -> timedelta:
    """A quarter of what it has waited: thousands of mails whose documents are queued must not keep asking for them."""
    return min(max(waited / 4, FIRST_LOOK), LONGEST_PAUSE)


def mail_of(delivery: Delivery, invoice: Invoice, pdf: bytes) -> InvoiceMail:
    """Raises BusinessError as `recipient_of` does."""
    return InvoiceMail(
        delivery_id=delivery.delivery_id,
        recipient=recipient_of(invoice.invoice_id, invoice.buyer.email, ascii_domain),
        clinic=invoice.seller.name if invoice.seller else "",
        number=invoice.number or "",
        locale=invoice.buyer.locale,
        pdf=pdf,
        requested_at=delivery.requested_at,
    )
