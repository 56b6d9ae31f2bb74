"""How a use case ends that concerns no account."""

from collections.abc import Mapping, Sequence

from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.events import InvoiceEvent
from invoicing.publishing import Cause, publish, record, refuse_growth
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice


async def save_and_publish(
    unit: Unit, store: Store, stored: Mapping[str, StoredInvoice], events: Sequence[InvoiceEvent]
) -> None:
    """`stored` are the invoices as they were, by id. Raises Conflict as `Invoices.save`, and EventTooLarge."""
    publications = record(events, Cause(unit.traceparent))
    for known in stored.values():
        refuse_growth(known.invoice, publications)
    await store.invoices.save(unit, stored, publications)
    publish(unit, publications)
