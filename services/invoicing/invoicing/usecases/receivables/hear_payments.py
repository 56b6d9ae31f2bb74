"""Payments arrive: to the accounts that they are of, and there to the invoices."""

from chassis.messaging.consumer import Batch
from contracts.payments import Payment
from invoicing.publishing import Cause
from invoicing.store import Store
from invoicing.usecases.receivables.settle_accounts import settle_accounts
from kernel.actor import system
from kernel.change import Change

PAYMENTS = system("payments.payments")


async def hear_payments(batch: Batch[Payment], store: Store, change: Change) -> None:
    """A payment whose invoice is not finalized yet waits in its copy."""
    unit, heard = batch.unit, list(batch)
    causes_of = {h.event.subject: Cause(h.traceparent, h.event_id) for h in heard}
    before = await store.payments.by_id(unit, causes_of)
    newer = await store.payments.keep_newer(unit, [h.event for h in heard])
    # A payment that moved to another patient is missed where it was.
    moved = {event.payment_id for event in newer}
    causes = {(p.clinic_id, p.patient_id): causes_of[p.payment_id] for p in before if p.payment_id in moved}
    causes |= {(event.clinic_id, event.patient_id): causes_of[event.subject] for event in newer}
    await settle_accounts(unit, store, {}, (), causes, change)
