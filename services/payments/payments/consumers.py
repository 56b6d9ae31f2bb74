"""What the service hears: invoices and register days, kept as copies."""

from chassis.messaging.consumer import Batch
from chassis.messaging.inbox import keep_newer
from contracts.cash_register import RegisterDay
from contracts.invoicing import Invoice
from kernel.clock import Clock, utc_now
from payments.replicas import DayReplica, InvoiceReplica
from payments.store import Store
from payments.usecases.bank.rules import RULES

NAMED = "an invoice came that it names"


class Consumers:
    """Handlers of batches; see `chassis.messaging.consumer`."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    async def on_invoices(self, batch: Batch[Invoice]) -> None:
        copies = [InvoiceReplica.of(heard.event) for heard in batch]
        news = await keep_newer(batch.unit, self._store.invoices, copies)
        clues = [(i.clinic_id, i.clues) for i in news if i.status == "finalized"]
        await self._store.bank.claim_queues(batch.unit, {clinic_id for clinic_id, _ in clues})
        await self._store.bank.look_again(batch.unit, clues, self._clock(), RULES, NAMED)

    async def on_days(self, batch: Batch[RegisterDay]) -> None:
        copies = [DayReplica.of(heard.event) for heard in batch]
        await keep_newer(batch.unit, self._store.days, copies)
