"""A person prices or waives a line of a draft, or gives it back to the price list."""

from collections.abc import Callable

from chassis.messaging.outbox import Unit
from contracts.invoicing import InvoiceRevised
from invoicing.domain.drafts.drafting import Terms
from invoicing.domain.invoice.invoice import Invoice
from invoicing.store import Kept, Step, Store
from invoicing.usecases.pricing.load_terms import TermsLoader


async def change_line(
    unit: Unit, store: Store, terms: TermsLoader, kept: Kept, edit: Callable[[Invoice, Terms], Invoice]
) -> Invoice:
    """`edit` is one of `domain.by_hand`; raises as it does."""
    before = kept.invoice
    invoice = edit(before, await terms.one(unit, before))
    await store.save(unit, {invoice.invoice_id: kept}, [Step(invoice, InvoiceRevised, unit.traceparent)])
    return invoice
