"""Payments arrive: to the invoices that they name, and to the accounts that they are of."""

from collections import defaultdict

from chassis.consumer import Batch
from chassis.inbox import keep_newer
from chassis.kernel.clock import Clock
from contracts.payments import Payment
from invoicing.domain.account import COUNTING
from invoicing.domain.invoice import ActorRef, Invoice
from invoicing.domain.lifecycle import Change, Paid
from invoicing.store import Step, Store
from invoicing.usecases.settle import allocated, settle_accounts

PAYMENTS = ActorRef("payments.payments", None, "system")


class HearPayments:
    """Handles batches of `payments.payments`. A payment whose invoice is not finalized yet waits in its copy."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, batch: Batch[Payment]) -> None:
        may_count = list(batch)
        heard = {h.event.subject: h.traceparent for h in may_count}
        event_ids = {h.event.subject: h.event_id for h in may_count}
        before = await self._store.payments_where(batch.unit, {"_id": {"$in": list(heard)}})
        news = await keep_newer(batch.unit, self._store.payments, [h.event for h in may_count])
        if not news:
            return
        change = Change(self._clock(), PAYMENTS)
        # A payment that moved to another invoice, or to another patient, is missed where it was.
        moved = {e.payment_id for e in news}
        causes = {p.invoice_id: heard[p.payment_id] for p in before if p.payment_id in moved}
        causes |= {e.invoice_id: heard[e.subject] for e in news}
        origins = {p.invoice_id: event_ids[p.payment_id] for p in before if p.payment_id in moved}
        origins |= {e.invoice_id: event_ids[e.subject] for e in news}
        named = [id_ for id_ in causes if id_]
        known = await self._store.invoices(batch.unit, {"_id": {"$in": named}, "status": {"$in": list(COUNTING)}})
        payments: dict[str, list[Paid]] = defaultdict(list)
        for paid in await self._store.payments_where(batch.unit, {"invoice_id": {"$in": list(known)}}):
            payments[paid.invoice_id or ""].append(paid)
        steps = []
        for id_, kept in known.items():
            if step := allocated(kept.invoice, payments[id_], change):
                steps.append(Step(*step, causes[id_], origins[id_]))
        await self._store.save(batch.unit, known, steps)
        changed: dict[str, Invoice] = {s.invoice.invoice_id: s.invoice for s in steps}
        accounts = {(p.clinic_id, p.patient_id): heard[p.payment_id] for p in before if p.payment_id in moved}
        accounts |= {(e.clinic_id, e.patient_id): heard[e.subject] for e in news}
        accounts |= {(i.clinic_id, i.patient_id): causes[id_] for id_, i in changed.items()}
        await settle_accounts(batch.unit, self._store, accounts, changed, change)
