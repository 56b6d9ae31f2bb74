"""An invoice is paid in parts."""

from collections.abc import Sequence

from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.receivables.instalments import Part, plan
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.save_and_publish import save_and_publish
from kernel.change import Change


async def plan_instalments(
    unit: Unit, store: Store, stored: StoredInvoice, parts: Sequence[Part], change: Change
) -> Invoice:
    """Raises as `plan`."""
    outcome = plan(stored.invoice, parts, change)
    await save_and_publish(unit, store, {outcome.state.invoice_id: stored}, outcome.events)
    return outcome.state
