"""Takes the order to mail documents of an invoice; a worker does it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice
from documents.domain.deliveries.addresses import destination_of, recipient_key
from documents.domain.deliveries.delivery import (
    ONCE_A_DAY,
    Delivery,
    Enclosed,
    Enclosure,
    Order,
    RecipientKind,
    request_delivery,
)
from documents.store import Store
from documents.usecases.deliveries.enclosures import enclosures_of
from documents.usecases.deliveries.recipients import recipient_of
from documents.usecases.documents.invoice_source import number_of, source_of
from documents.usecases.jobs import DocumentJobs, mail_job
from kernel.change import Change
from kernel.errors import Conflict
from kernel.ids import derived_id, new_id


@dataclass(frozen=True, slots=True)
class SendInvoice:
    """What somebody asks for; without documents, what the recipient has most use of."""

    to: RecipientKind = "patient"
    address: str | None = None
    payer_id: str | None = None
    documents: tuple[Enclosed, ...] = ()
    language: str | None = None
    again: bool = False

    @property
    def kinds(self) -> tuple[Enclosed, ...]:
        return self.documents or (("submission",) if self.to == "insurer" else ("invoice",))


async def send_invoice(
    unit: Unit,
    store: Store,
    jobs: DocumentJobs,
    invoice: Invoice,
    asked: SendInvoice,
    change: Change,
    traceparent: str | None,
) -> Delivery:
    """Raises Conflict for a draft, a void invoice, documents that there are not, and what was sent within a day.

    Raises BusinessError 422 when there is no address to send it to.
    """
    number_of(invoice)
    if invoice.status == "void":
        raise Conflict("invoice-void", f"{invoice.invoice_id} is void: it is not sent any more")
    address = recipient_of(invoice, asked.to, asked.address, asked.payer_id).address
    enclosures = await enclosures_of(store, invoice, asked.kinds, asked.payer_id)
    if not asked.again:
        await _refuse_a_second(unit, store, change, sending_keys(enclosures, address))
    order = Order(asked.to, asked.address, asked.payer_id, asked.language, enclosures=enclosures)
    return await put_delivery(unit, store, jobs, invoice, new_id("dlv"), order, address, change, traceparent)


async def put_delivery(
    unit: Unit,
    store: Store,
    jobs: DocumentJobs,
    invoice: Invoice,
    delivery_id: str,
    order: Order,
    address: str,
    change: Change,
    traceparent: str | None,
) -> Delivery:
    """Queues it, attached or linked to as the clinic wants; what is to be rendered for it is the next of its clinic."""
    settings = await store.sending_settings.of(invoice.clinic_id, unit.session)
    until = change.at + timedelta(days=settings.link_days) if settings.deliver_as == "link" else None
    order = replace(order, link_until=until)
    delivery = request_delivery(delivery_id, source_of(invoice), change, order).state
    await store.deliveries.save(unit, delivery)
    await store.sendings.note(unit, sending_keys(order.enclosures, address), delivery_id, change.at)
    await jobs.put(unit, [mail_job(delivery, destination_of(address), traceparent)])
    for each in order.enclosures:
        if each.document_id is not None:
            await jobs.hurry(unit, derived_id("job", each.kind, each.source_id))
    return delivery


def sending_keys(enclosures: Sequence[Enclosure], address: str) -> list[str]:
    """One for each document to this recipient."""
    return [derived_id("snd", each.kind, each.source_id, recipient_key(address)) for each in enclosures]


async def _refuse_a_second(unit: Unit, store: Store, change: Change, keys: Sequence[str]) -> None:
    for delivery_id in await store.sendings.since(keys, change.at - ONCE_A_DAY, unit.session):
        delivery = await store.deliveries.find(delivery_id, unit.session)
        if delivery is not None and delivery.status != "failed":
            message = f"{delivery_id} has it for the same recipient, of less than a day ago; to send it anew: again"
            raise Conflict("already-sent", message, field="/again")
