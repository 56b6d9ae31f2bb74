"""The other things that a person does with an invoice: edit a draft, void, archive."""

from collections.abc import Mapping
from typing import Any

from chassis.messaging.outbox import Unit
from contracts.invoicing import InvoiceArchived, InvoiceRevised, InvoiceVoided
from invoicing.domain.drafts.drafting import reprice
from invoicing.domain.drafts.editing import Edits, revise
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT, archive, repriced, void
from invoicing.store import MARKED, Kept, Step, Store
from invoicing.usecases.pricing.load_terms import TermsLoader
from invoicing.usecases.receivables.settle_accounts import Cause, payers_of, settle_accounts
from kernel.change import Change

PAGE = 200


async def edit_invoice(
    unit: Unit, store: Store, terms: TermsLoader, kept: Kept, change: Change, edits: Edits
) -> Invoice:
    """One version, with all of the edits. Raises as `revise`."""
    draft = kept.invoice
    invoice = revise(draft, edits, await terms.one(unit, draft), change)
    await store.save(unit, {invoice.invoice_id: kept}, [Step(invoice, InvoiceRevised, unit.traceparent)])
    return invoice


async def void_invoice(unit: Unit, store: Store, kept: Kept, change: Change) -> Invoice:
    """Raises IllegalTransition, and Conflict when anything is paid."""
    invoice = void(kept.invoice, change)
    causes = await payers_of(unit, store, [invoice.invoice_id])
    if kept.invoice.status != DRAFT:
        causes[invoice.clinic_id, invoice.patient_id] = Cause(unit.traceparent)
    steps = [Step(invoice, InvoiceVoided, unit.traceparent)]
    await settle_accounts(unit, store, causes, change, {invoice.invoice_id: kept}, steps)
    return invoice


async def archive_invoice(unit: Unit, store: Store, kept: Kept, change: Change) -> Invoice:
    """Raises IllegalTransition unless it is paid."""
    invoice = archive(kept.invoice, change)
    await store.save(unit, {invoice.invoice_id: kept}, [Step(invoice, InvoiceArchived, unit.traceparent)])
    return invoice


async def reprice_drafts(
    unit: Unit, store: Store, terms: TermsLoader, clinic_id: str, change: Change, after: str
) -> str | None:
    """One page of the clinic's marked drafts, by id after `after`, with today's terms; the last id, None at the end."""
    where: Mapping[str, Any] = {
        "clinic_id": clinic_id,
        "status": DRAFT,
        **MARKED,
        "_id": {"$gt": after},
    }
    marked = await store.invoices(unit, where, most=PAGE)
    known = await terms.of(
        unit,
        ((clinic_id, kept.invoice.price_list_id) for kept in marked.values()),
        ((clinic_id, kept.invoice.patient_id) for kept in marked.values()),
    )
    steps = []
    for kept in marked.values():
        fresh = reprice(kept.invoice, known[clinic_id, kept.invoice.price_list_id])
        if fresh != kept.invoice:
            steps.append(Step(repriced(kept.invoice, fresh, change), InvoiceRevised, unit.traceparent))
    await store.save(unit, marked, steps)
    return max(marked) if len(marked) == PAGE else None
