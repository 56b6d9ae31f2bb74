"""A person changes a draft: lines, note and due date in one go, or the price of one line."""

from collections.abc import Callable

from chassis.messaging.outbox import Unit
from invoicing.domain.drafts.editing import revise
from invoicing.domain.drafts.edits import Edits
from invoicing.domain.invoice.events import InvoiceOutcome
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.pricing.terms import Terms
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.store.pricing import TermsLoader
from invoicing.usecases.save_and_publish import save_and_publish
from kernel.change import Change


async def edit_draft(
    unit: Unit, store: Store, terms: TermsLoader, stored: StoredInvoice, change: Change, edits: Edits
) -> Invoice:
    """One version, with all of the edits. Raises as `revise`."""
    return await change_line(unit, store, terms, stored, lambda draft, known: revise(draft, edits, known, change))


async def change_line(
    unit: Unit,
    store: Store,
    terms: TermsLoader,
    stored: StoredInvoice,
    edit: Callable[[Invoice, Terms], InvoiceOutcome],
) -> Invoice:
    """`edit` is one of `manual_prices` or `discount_grants`; raises as it does."""
    outcome = edit(stored.invoice, await terms.for_invoice(unit, stored.invoice))
    await save_and_publish(unit, store, {outcome.state.invoice_id: stored}, outcome.events)
    return outcome.state
