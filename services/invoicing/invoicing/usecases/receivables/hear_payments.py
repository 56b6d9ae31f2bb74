"""Payments arrive: to the accounts that they are of, and there to the invoices."""

from chassis.messaging.consumer import Batch
from chassis.messaging.owners import Owners
from chassis.messaging.reading import Heard
from contracts.payments import Payment
from invoicing.publishing import Cause
from invoicing.store import Store
from invoicing.usecases.receivables.settle_accounts import settle_accounts
from kernel.actor import system
from kernel.change import Change

PAYMENTS = system("payments.payments")


async def hear_payments(batch: Batch[Payment], store: Store, change: Change) -> None:
    """A payment whose invoice is not finalized yet waits in its copy. One that is known stays on its account."""
    unit = batch.unit
    before = await store.payments.by_id(unit, {event.payment_id for event in batch.events})
    owners = Owners({payment.payment_id: (payment.clinic_id, payment.patient_id) for payment in before})
    heard: list[Heard[Payment]] = []
    for one in batch:
        with batch.judging(one):
            owners.demand_same(one.event.payment_id, (one.event.clinic_id, one.event.patient_id))
            heard.append(one)
    causes_of = {h.event.subject: Cause(h.traceparent, h.event_id) for h in heard}
    newer = await store.payments.keep_newer(unit, [h.event for h in heard])
    causes = {(event.clinic_id, event.patient_id): causes_of[event.subject] for event in newer}
    await settle_accounts(unit, store, {}, (), causes, change)
