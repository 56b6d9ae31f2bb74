"""An invoice that is paid, or was no charge, is put away."""

from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import archive
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.save_and_publish import save_and_publish
from kernel.change import Change


async def archive_invoice(unit: Unit, store: Store, stored: StoredInvoice, change: Change) -> Invoice:
    """Raises IllegalTransition unless it is paid, or was no charge."""
    outcome = archive(stored.invoice, change)
    await save_and_publish(unit, store, {outcome.state.invoice_id: stored}, outcome.events)
    return outcome.state
