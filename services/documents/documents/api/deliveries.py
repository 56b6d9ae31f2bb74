"""Deliveries: documents on their way to patients."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from chassis.database.paging import Page, Paging
from chassis.http.auth import FrontDesk, Reader
from chassis.http.deadline import LONG
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from chassis.telemetry import current_traceparent
from documents.api.dependencies import Deps
from documents.api.documents import pdf_answer, pdf_responses
from documents.api.files import IfNoneMatch
from documents.api.parameters import DeliveryId, InvoiceId, ReadVersion
from documents.api.schemas.deliveries import SEND_EXAMPLE, DeliveryView, SendBody
from documents.api.schemas.documents import DocumentView
from documents.usecases.deliveries.list_documents import list_documents, sent_file
from documents.usecases.deliveries.send_invoice import send_invoice
from documents.usecases.documents.fetch_document import Pdf
from kernel.change import Change
from kernel.clock import utc_now

routes = APIRouter(tags=["deliveries"])


@routes.post(
    "/invoices/{invoice_id}/send",
    status_code=202,
    response_model=DeliveryView,
    summary="Send an invoice",
    dependencies=[LONG],
    responses=problems(
        {
            404: ["not-found"],
            409: ["already-sent", "invoice-not-finalized", "invoice-void", "no-claim", "no-such-document"],
            422: ["payer-unknown", "recipient-invalid", "recipient-missing"],
            503: ["not-heard-yet"],
        }
    ),
)
async def send(
    invoice_id: InvoiceId,
    caller: FrontDesk,
    key: IdempotencyKey,
    deps: Deps,
    body: Annotated[SendBody | None, Body(examples=[SEND_EXAMPLE])] = None,
    version: ReadVersion = None,
) -> Response:
    """Mails documents of the invoice. The delivery tells what became of it.

    Without a body, the invoice goes to the patient's address on it. What the same recipient got within a day is sent
    anew only to who says `again`.
    What invoicing said of it last is waited for, as by the route of the PDF.
    """
    invoice, asked = await deps.invoice(invoice_id, caller, version), (body or SendBody()).command()

    async def work(unit: Unit) -> Answer:
        change = Change(utc_now(), caller.actor())
        delivery = await send_invoice(unit, deps.store, deps.jobs, invoice, asked, change, current_traceparent())
        return Answer.of(invoice.clinic_id, DeliveryView.of(delivery), 202)

    return (await deps.idempotency.once(key, work)).response()


@routes.get("/deliveries", summary="List deliveries")
async def list_deliveries(
    caller: Reader,
    paging: Paging,
    deps: Deps,
    invoice_id: Annotated[
        str | None, Query(max_length=128, description="only those of this invoice", examples=["inv_0192f3c1"])
    ] = None,
) -> Page[DeliveryView]:
    """The deliveries of the clinics that the caller sees, the newest first."""
    page = await deps.store.deliveries.page(caller.visible_clinics(), invoice_id, paging)
    return Page(items=[DeliveryView.of(delivery) for delivery in page.items], next_cursor=page.next_cursor)


@routes.get(
    "/invoices/{invoice_id}/documents",
    summary="List the documents of an invoice",
    dependencies=[LONG],
    responses=problems({404: ["not-found"], 503: ["not-heard-yet"]}),
)
async def list_of_invoice(
    invoice_id: InvoiceId, caller: Reader, deps: Deps, version: ReadVersion = None
) -> list[DocumentView]:
    """The invoice, its credit notes and receipts, and what was printed to be sent, as reminders and submissions."""
    invoice = await deps.invoice(invoice_id, caller, version)
    return [DocumentView.of(each) for each in await list_documents(deps.store, invoice)]


@routes.get(
    "/deliveries/{delivery_id}/documents/{position}.pdf",
    response_class=Response,
    summary="Get a document as it was sent",
    responses=pdf_responses({}),
)
async def get_sent(
    delivery_id: DeliveryId,
    position: Annotated[int, Path(ge=0, le=1000, description="its place in the delivery's `documents`, from 0")],
    caller: Reader,
    deps: Deps,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The very file that was mailed, or linked to."""
    found, content = await sent_file(deps.store, deps.open_link.files, caller.sees, delivery_id, position)
    return pdf_answer(Pdf(found.number, content, found.file or ""), if_none_match)
