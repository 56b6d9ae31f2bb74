"""Payments arrive: to the accounts that they are of, and there to the invoices."""

from chassis.messaging.consumer import Batch
from chassis.messaging.inbox import keep_newer
from contracts.payments import Payment
from invoicing.store import Store
from invoicing.usecases.receivables.settle_accounts import Cause, settle_accounts
from kernel.actor import Actor
from kernel.change import Change
from kernel.clock import Clock

PAYMENTS = Actor("payments.payments", None, "system")


class HearPayments:
    """Handles batches of `payments.payments`. A payment whose invoice is not finalized yet waits in its copy."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, batch: Batch[Payment]) -> None:
        may_count = list(batch)
        heard = {h.event.subject: Cause(h.traceparent, h.event_id) for h in may_count}
        before = await self._store.payments_where(batch.unit, {"_id": {"$in": list(heard)}})
        news = await keep_newer(batch.unit, self._store.payments, [h.event for h in may_count])
        if not news:
            return
        # A payment that moved to another patient is missed where it was.
        moved = {e.payment_id for e in news}
        causes = {(p.clinic_id, p.patient_id): heard[p.payment_id] for p in before if p.payment_id in moved}
        causes |= {(e.clinic_id, e.patient_id): heard[e.subject] for e in news}
        await settle_accounts(batch.unit, self._store, causes, Change(self._clock(), PAYMENTS), {}, ())
