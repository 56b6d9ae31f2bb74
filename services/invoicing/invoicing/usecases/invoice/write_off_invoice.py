"""A person gives up what is due."""

from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.receivables.write_off import write_off
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.receivables.settle_accounts import settle_outcome
from kernel.change import Change


async def write_off_invoice(unit: Unit, store: Store, stored: StoredInvoice, change: Change) -> Invoice:
    """Raises IllegalTransition unless something is due."""
    outcome = write_off(stored.invoice, change)
    account = stored.invoice.clinic_id, stored.invoice.patient_id
    return await settle_outcome(unit, store, stored, outcome, [account], change)
