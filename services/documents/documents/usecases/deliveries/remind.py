"""Reminds patients of what is overdue, where their clinic wants it, in steps, and not in its quiet hours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from chassis.messaging.outbox import Outbox, Unit
from contracts.invoicing import ClinicConfigured, Invoice
from documents.domain.deliveries.delivery import Enclosure, Order
from documents.domain.deliveries.quiet_hours import IsHoliday, next_allowed
from documents.domain.deliveries.reminders import Overdue, Reminded, next_step
from documents.domain.deliveries.sending_policy import SendingSettings
from documents.domain.documents.document import SERVICE
from documents.store import Store
from documents.usecases.deliveries.automatic import addressee_of
from documents.usecases.deliveries.enclosures import kept
from documents.usecases.deliveries.overdue import is_disputed, overdue_now
from documents.usecases.deliveries.send_invoice import put_delivery
from documents.usecases.documents.invoice_source import number_of, source_of
from documents.usecases.jobs import DocumentJobs
from kernel.change import Change
from kernel.clock import Clock, utc_now
from kernel.errors import BusinessError
from kernel.ids import derived_id

log = structlog.get_logger(__name__)
HolidaysOf = Callable[[str | None, str | None], IsHoliday]


@dataclass(frozen=True, slots=True)
class QuietClock:
    """When a clinic may write to people unasked: by its own clocks and holidays."""

    holidays_of: HolidaysOf

    def next_allowed(self, settings: SendingSettings, clinic: ClinicConfigured, now: datetime) -> datetime:
        local = now.astimezone(ZoneInfo(clinic.time_zone))
        return next_allowed(settings.quiet, local, self.holidays_of(clinic.country, settings.quiet.subdivision))


@dataclass(frozen=True, slots=True)
class Remind:
    """A sweep over all clinics that remind. What it queues, and what it remembers of it, is one transaction each."""

    outbox: Outbox
    store: Store
    jobs: DocumentJobs
    quiet: QuietClock
    clock: Clock = utc_now

    async def __call__(self) -> bool:
        """There is never more to do at once than one sweep finds."""
        for settings in await self.store.sending_settings.of_clinics_that_remind():
            clinic = await self.store.clinics.find(settings.clinic_id)
            now = self.clock()
            # Until its zone is heard, nobody knows when its night is.
            if clinic is not None and self.quiet.next_allowed(settings, clinic, now) <= now:
                await self._sweep(settings, now.astimezone(ZoneInfo(clinic.time_zone)).date())
        return False

    async def _sweep(self, settings: SendingSettings, today: date) -> None:
        latest = today - timedelta(days=settings.reminder_days[0])
        for invoice_id in await self.store.invoices.due_by(settings.clinic_id, latest):
            invoice = await self.store.invoices.find(invoice_id)
            overdue = overdue_now(invoice, today) if invoice else None
            if invoice is None or overdue is None:
                continue
            try:
                await self._remind(settings, invoice, overdue, today)
            except BusinessError as refusal:
                # One invoice that cannot be reminded of keeps nobody else from being reminded.
                log.warning("not-reminded", invoice=invoice_id, reason=refusal.code)

    async def _remind(self, settings: SendingSettings, invoice: Invoice, overdue: Overdue, today: date) -> None:
        last = await self.store.reminders.last(invoice.invoice_id, overdue.since)
        step = next_step(overdue.since, today, settings.reminder_days, last)
        if step is None or await is_disputed(self.store, invoice):
            return
        found = addressee_of(invoice)
        if found is None:
            log.info("not-reminded", invoice=invoice.invoice_id, step=step, reason="recipient-missing")
            return
        to, address = found
        number = number_of(invoice)
        enclosures = (
            Enclosure("reminder", invoice.invoice_id, None, f"{number}-reminder"),
            kept("invoice", source_of(invoice), number),
        )
        order = Order(to=to, occasion="reminder", step=step, enclosures=enclosures)
        delivery_id = derived_id("dlv", "reminder", invoice.invoice_id, overdue.since.isoformat(), str(step))

        async def queue(unit: Unit) -> bool:
            """Not where somebody else took the step since we looked."""
            if await self.store.reminders.last(invoice.invoice_id, overdue.since, unit.session) != last:
                return False
            taken = Reminded(step, today)
            await self.store.reminders.note(unit, invoice.clinic_id, invoice.invoice_id, overdue.since, taken)
            change = Change(self.clock(), SERVICE)
            await put_delivery(
                unit, self.store, self.jobs, invoice, delivery_id, order, address, change, unit.traceparent
            )
            return True

        if await self.outbox.transact(queue):
            log.info("reminder-queued", invoice=invoice.invoice_id, step=step, delivery=delivery_id)
