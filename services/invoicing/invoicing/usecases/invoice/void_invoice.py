"""A draft, or an invoice of which nothing is paid, counts for nothing any more."""

from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT, void
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.receivables.settle_accounts import payers_of, settle_outcome
from kernel.change import Change


async def void_invoice(unit: Unit, store: Store, stored: StoredInvoice, change: Change) -> Invoice:
    """Raises IllegalTransition, and Conflict when anything is paid."""
    outcome = void(stored.invoice, change)
    accounts = await payers_of(unit, store, [stored.invoice.invoice_id])
    if stored.invoice.status != DRAFT:
        accounts.append((stored.invoice.clinic_id, stored.invoice.patient_id))
    return await settle_outcome(unit, store, stored, outcome, accounts, change)
