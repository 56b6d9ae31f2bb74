"""What the service hears: invoices, register days and clinics."""

from chassis.messaging.consumer import Batch
from contracts.cash_register import RegisterDay
from contracts.invoicing import ClinicConfigured, Invoice
from kernel.clock import Clock, utc_now
from payments.replicas import ClinicReplica, DayReplica, InvoiceReplica
from payments.store import Store
from payments.usecases.intake.follow_replicas import follow_clinics, follow_days, follow_invoices


class Consumers:
    """Handlers of batches; see `chassis.messaging.consumer`."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    async def on_invoices(self, batch: Batch[Invoice]) -> None:
        replicas = [InvoiceReplica.of(heard.event) for heard in batch]
        await follow_invoices(batch.unit, self._store, self._clock, replicas)

    async def on_days(self, batch: Batch[RegisterDay]) -> None:
        await follow_days(batch.unit, self._store, [DayReplica.of(heard.event) for heard in batch])

    async def on_clinics(self, batch: Batch[ClinicConfigured]) -> None:
        await follow_clinics(batch.unit, self._store, [ClinicReplica.of(heard.event) for heard in batch])
