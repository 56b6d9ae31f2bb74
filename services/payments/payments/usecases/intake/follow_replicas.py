"""Copies of invoices, register days and clinics, and what a new invoice means for transfers that wait."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.clock import Clock
from payments.domain.bank.matching.rules import RULES
from payments.replicas import ClinicReplica, DayReplica, InvoiceReplica
from payments.store import Store
from payments.usecases.bank.enter_transactions import look_at_queue_again

NAMED = "an invoice came that it names"


async def follow_invoices(unit: Unit, store: Store, clock: Clock, replicas: Sequence[InvoiceReplica]) -> None:
    """Keeps what is newer; queued transfers that name a final one are matched once more."""
    newer = await store.replicas.keep_invoices(unit, replicas)
    clues = [(invoice.clinic_id, invoice.clues) for invoice in newer if invoice.status == "finalized"]
    await store.bank.transactions.claim_queues(unit, {clinic_id for clinic_id, _ in clues})
    await look_at_queue_again(unit, store, clues, Change(clock(), RULES, NAMED))


async def follow_days(unit: Unit, store: Store, replicas: Sequence[DayReplica]) -> None:
    """Keeps what is newer."""
    await store.replicas.keep_days(unit, replicas)


async def follow_clinics(unit: Unit, store: Store, replicas: Sequence[ClinicReplica]) -> None:
    """Keeps what is newer."""
    await store.replicas.keep_clinics(unit, replicas)
