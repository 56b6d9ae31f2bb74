"""Looks at a queued reminder again before it goes out: what it was queued for may be over by now."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from chassis.job_worker import JobFailed, JobWaits
from contracts.invoicing import Invoice
from documents.domain.deliveries.delivery import Delivery
from documents.domain.deliveries.reminders import Overdue
from documents.store import Store
from documents.usecases.deliveries.overdue import is_disputed, overdue_now
from documents.usecases.deliveries.remind import QuietClock
from kernel.clock import Clock, utc_now

NOT_BEFORE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CheckReminder:
    """What is overdue by now. Raises JobWaits in the clinic's quiet hours, and JobFailed for what is settled."""

    store: Store
    quiet: QuietClock
    clock: Clock = utc_now

    async def __call__(self, delivery: Delivery, invoice: Invoice) -> Overdue:
        clinic, now = await self.store.clinics.find(delivery.clinic_id), self.clock()
        if clinic is None:
            raise JobFailed("clinic-missing")
        settings = await self.store.sending_settings.of(delivery.clinic_id)
        allowed = self.quiet.next_allowed(settings, clinic, now)
        if allowed > now:
            raise JobWaits(max(allowed - now, NOT_BEFORE))
        overdue = overdue_now(invoice, now.astimezone(ZoneInfo(clinic.time_zone)).date())
        if overdue is None:
            raise JobFailed("nothing-overdue", final=True)
        if await is_disputed(self.store, invoice):
            raise JobFailed("payment-disputed", final=True)
        return overdue
