"""Drafts that waited for the clinic's terms get them."""

from chassis.messaging.outbox import Unit
from invoicing.domain.drafts.renewal import renewed
from invoicing.domain.invoice.events import InvoiceEvent
from invoicing.domain.invoice.lifecycle import repriced
from invoicing.publishing import Cause, publish, record
from invoicing.store import Store
from invoicing.store.pricing import TermsLoader
from kernel.change import Change

PAGE = 200


async def reprice_drafts(
    unit: Unit, store: Store, terms: TermsLoader, clinic_id: str, change: Change, after: str
) -> str | None:
    """One page of the clinic's marked drafts, by id after `after`, with today's terms; the last id, None at the end."""
    marked = await store.invoices.marked_drafts(unit, clinic_id, after, PAGE)
    drafts = [stored.invoice for stored in marked.values()]
    known = await terms.load(
        unit,
        ((clinic_id, draft.price_list_id) for draft in drafts),
        ((clinic_id, draft.patient_id) for draft in drafts),
    )
    events: list[InvoiceEvent] = []
    for draft in drafts:
        fresh = renewed(draft, known[clinic_id, draft.price_list_id])
        if fresh != draft:
            events += repriced(draft, fresh, change).events
    publications = record(events, Cause(unit.traceparent))
    await store.invoices.save(unit, marked, publications)
    publish(unit, publications)
    return max(marked) if len(marked) == PAGE else None
