"""Works off a mail job: hands the documents to the mail server, and says so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog

from chassis.failpoints import crossing
from chassis.job_worker import JobFailed
from chassis.messaging.outbox import Outbox, Unit
from contracts.invoicing import Invoice
from documents.domain.deliveries.delivery import (
    Attempt,
    AttemptOutcome,
    Delivery,
    Enclosure,
    begin_attempt,
    end_attempt,
    give_up,
    record_delivered,
)
from documents.domain.deliveries.mail import Attached, Mail
from documents.domain.deliveries.reminders import Overdue
from documents.domain.documents.document import SERVICE, record_failed_sending, record_sending
from documents.publishing import publish
from documents.store import Store
from documents.usecases.deliveries.check_reminder import CheckReminder
from documents.usecases.deliveries.compose import mail_of
from documents.usecases.deliveries.gather import GatherFiles
from documents.usecases.jobs import DocumentJob, DocumentJobs
from documents.usecases.ports import Links, LinkTarget, Mailer, MailFailed
from kernel.change import Change
from kernel.clock import Clock, utc_now
from kernel.errors import BusinessError

log = structlog.get_logger(__name__)
MOST_INTERRUPTED = 2
"""Attempts of which nobody knows how they ended: the mail may have been taken each time."""
Decide = Callable[[Delivery, Change], Delivery]


@dataclass(frozen=True, slots=True)
class Deliver:
    """A crash between the mail server's yes and our record sends it once more, under the same Message-ID; a second one
    gives it up.

    Raises JobFailed, JobWaits while a document is being rendered, ClaimLost when the job was taken over, and technical
    failures.
    """

    outbox: Outbox
    store: Store
    jobs: DocumentJobs
    gather: GatherFiles
    mailer: Mailer
    reminders: CheckReminder
    links: Links | None
    clock: Clock = utc_now

    async def __call__(self, job: DocumentJob) -> None:
        delivery = await self._delivery(job)
        if delivery.interrupted >= MOST_INTERRUPTED:
            raise JobFailed("mail-interrupted", final=True)
        invoice = await self.store.invoices.find(delivery.invoice_id)
        if invoice is None:
            raise LookupError(f"{job.job_id}: the copy of {delivery.invoice_id} is missing")
        overdue = await self.reminders(delivery, invoice) if delivery.occasion == "reminder" else None
        enclosures = await self.gather(delivery, invoice)
        mail = _composed(delivery, invoice, await self._attached(delivery, invoice, enclosures), overdue)
        begun = begin_attempt(delivery, enclosures, self.clock()).state
        await self._save(begun)
        crossing("before-mail")
        taken = await self._hand_over(begun, mail)
        crossing("after-mail")
        await self._settle(job, lambda now, change: record_delivered(now, taken, change).state, None)

    async def give_up(self, job: DocumentJob, reason: str) -> None:
        """The delivery says why, and so do its documents."""
        await self._settle(job, lambda now, change: give_up(now, reason, change).state, reason)

    async def _delivery(self, job: DocumentJob) -> Delivery:
        delivery = await self.store.deliveries.find(job.subject_id)
        if delivery is None:
            raise LookupError(f"{job.job_id}: {job.subject_id} is missing")
        return delivery

    async def _attached(self, delivery: Delivery, invoice: Invoice, enclosures: Sequence[Enclosure]) -> list[Attached]:
        """The files, or links to them: then nobody needs their bytes here."""
        numbers = [each.number or invoice.number or "" for each in enclosures]
        if delivery.link_until is None:
            contents = await self.gather.contents(enclosures)
            together = zip(enclosures, numbers, contents, strict=True)
            return [Attached(each.kind, number, content) for each, number, content in together]
        if self.links is None:
            raise JobFailed("links-not-configured", final=True)
        day = await self._local_date(delivery.clinic_id, delivery.link_until)
        attached = []
        for each, number in zip(enclosures, numbers, strict=True):
            target = LinkTarget(delivery.delivery_id, each.link_id, each.version or 0)
            link = self.links.url(target, delivery.link_until)
            attached.append(Attached(each.kind, number, link=link, until=day))
        return attached

    async def _local_date(self, clinic_id: str, moment: datetime) -> date:
        clinic = await self.store.clinics.find(clinic_id)
        return moment.astimezone(ZoneInfo(clinic.time_zone)).date() if clinic else moment.date()

    async def _save(self, delivery: Delivery) -> None:
        """Raises Conflict when somebody else has taken the job meanwhile: the mail is theirs then."""
        await self.outbox.transact(lambda unit: self.store.deliveries.save(unit, delivery))

    async def _hand_over(self, delivery: Delivery, mail: Mail) -> Attempt:
        """Raises MailFailed, when the attempt is on the delivery."""
        begun_at = delivery.attempts[-1].at
        try:
            answer = await self.mailer.send(mail)
        except MailFailed as failure:
            outcome: AttemptOutcome = "unanswered" if failure.code is None else "refused"
            await self._note(delivery.delivery_id, Attempt(begun_at, outcome, failure.code, failure.answer))
            raise
        return Attempt(begun_at, "taken", answer.code, answer.answer)

    async def _note(self, delivery_id: str, attempt: Attempt) -> None:
        async def record(unit: Unit) -> None:
            now = await self.store.deliveries.find(delivery_id, unit.session)
            if now is not None and (after := end_attempt(now, attempt).state) is not now:
                await self.store.deliveries.save(unit, after)

        await self.outbox.transact(record)

    async def _settle(self, job: DocumentJob, decide: Decide, failure: str | None) -> None:
        """What became of it is decided on the delivery as it is by now: reports may have come meanwhile."""

        async def record(unit: Unit) -> Delivery:
            await self.jobs.done(unit, job)
            before = await self.store.deliveries.find(job.subject_id, unit.session)
            if before is None:
                raise LookupError(f"{job.job_id}: {job.subject_id} is missing")
            change = Change(self.clock(), SERVICE if failure else before.requested_by)
            settled = decide(before, change)
            await self.store.deliveries.save(unit, settled)
            if not settled.called_off:
                await record_on_documents(unit, self.store, settled, change)
            return settled

        settled = await self.outbox.transact(record, traceparent=job.traceparent)
        log.info("delivery-settled", delivery=settled.delivery_id, status=settled.status, failure=settled.failure)


async def record_on_documents(unit: Unit, store: Store, delivery: Delivery, change: Change) -> None:
    """What became of the delivery, on each document of it that is kept."""
    for each in delivery.documents:
        document = await store.documents.find(each.document_id, unit.session) if each.document_id else None
        if document is None:
            continue
        failure = delivery.failure if delivery.status == "failed" else None
        outcome = record_failed_sending(document, failure, change) if failure else record_sending(document, change)
        await store.documents.save(unit, outcome.state)
        publish(unit, outcome.events)


def _composed(delivery: Delivery, invoice: Invoice, attached: Sequence[Attached], overdue: Overdue | None) -> Mail:
    try:
        return mail_of(delivery, invoice, attached, overdue)
    except BusinessError as refusal:
        raise JobFailed(refusal.code, final=True) from None
