"""Copies of invoices, register days and clinics, and what a new invoice means for transfers that wait."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from payments.domain.bank.matching.rules import RULES
from payments.replicas import ClinicReplica, DayReplica, InvoiceReplica
from payments.store import Store
from payments.usecases.bank.enter_transactions import look_at_queue_again
from payments.usecases.cards.end_cards import end_cards
from payments.usecases.intake.ledger import PaymentLedger

NAMED = "an invoice came that it names"


async def follow_invoices(unit: Unit, ledger: PaymentLedger, replicas: Sequence[InvoiceReplica]) -> None:
    """Keeps what is newer; queued transfers that name a final one are matched once more.

    A link that asks for more than is open by now is ended.
    """
    store = ledger.store
    newer = await store.replicas.keep_invoices(unit, replicas)
    await end_cards(unit, ledger, [invoice.invoice_id for invoice in newer if invoice.status != "draft"])
    clues = [(invoice.clinic_id, invoice.clues) for invoice in newer if invoice.status == "finalized"]
    await store.bank.transactions.claim_queues(unit, {clinic_id for clinic_id, _ in clues})
    await look_at_queue_again(unit, store, clues, ledger.change(RULES, NAMED))


async def follow_days(unit: Unit, store: Store, replicas: Sequence[DayReplica]) -> None:
    """Keeps what is newer."""
    await store.replicas.keep_days(unit, replicas)


async def follow_clinics(unit: Unit, store: Store, replicas: Sequence[ClinicReplica]) -> None:
    """Keeps what is newer."""
    await store.replicas.keep_clinics(unit, replicas)
