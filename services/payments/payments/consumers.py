"""What the service hears: invoices, register days and clinics."""

from chassis.messaging.consumer import Batch
from contracts.cash_register import RegisterDay
from contracts.invoicing import ClinicConfigured, Invoice
from payments.replicas import ClinicReplica, DayReplica, InvoiceReplica
from payments.usecases.intake.follow_replicas import follow_clinics, follow_days, follow_invoices
from payments.usecases.intake.ledger import PaymentLedger


class Consumers:
    """Handlers of batches; see `chassis.messaging.consumer`."""

    def __init__(self, ledger: PaymentLedger) -> None:
        self._ledger = ledger

    async def on_invoices(self, batch: Batch[Invoice]) -> None:
        replicas = [InvoiceReplica.of(heard.event) for heard in batch]
        await follow_invoices(batch.unit, self._ledger, replicas)

    async def on_days(self, batch: Batch[RegisterDay]) -> None:
        await follow_days(batch.unit, self._ledger.store, [DayReplica.of(heard.event) for heard in batch])

    async def on_clinics(self, batch: Batch[ClinicConfigured]) -> None:
        await follow_clinics(batch.unit, self._ledger.store, [ClinicReplica.of(heard.event) for heard in batch])
