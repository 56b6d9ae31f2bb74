"""HTTP in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel

from chassis.database.paging import Page, Paging
from chassis.http.auth import FrontDesk, Principal, Reader
from chassis.http.idempotency import Answer, Idempotency, IdempotencyKey
from chassis.http.problems import HttpProblem
from chassis.messaging.outbox import Unit
from chassis.telemetry import current_traceparent
from contracts.invoicing import Invoice
from documents.adapters.smtp import file_name
from documents.domain.deliveries.delivery import Delivery
from documents.store import Jobs, Store
from documents.usecases.deliveries.send_invoice import send_invoice
from documents.usecases.documents.fetch_document import FetchInvoicePdf, NotRenderedYet, Pdf
from kernel.clock import utc_now
from kernel.errors import NotFound

InvoiceId = Annotated[str, Path(max_length=128, pattern=r"^[\x21-\x7e]+$")]
PDF = "application/pdf"
RETRY_AFTER_S = 5


class DeliveryView(BaseModel):
    """A delivery by its ids and state; addresses are not shown."""

    delivery_id: str
    invoice_id: str
    document_id: str
    clinic_id: str
    status: Literal["queued", "sent", "failed"]
    requested_at: datetime
    requested_by: str
    settled_at: datetime | None
    failure: str | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryView":
        return cls(
            delivery_id=delivery.delivery_id,
            invoice_id=delivery.invoice_id,
            document_id=delivery.document_id,
            clinic_id=delivery.clinic_id,
            status=delivery.status,
            requested_at=delivery.requested_at,
            requested_by=delivery.requested_by.actor_id,
            settled_at=delivery.settled_at,
            failure=delivery.failure,
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes work with."""

    store: Store
    jobs: Jobs
    fetch: FetchInvoicePdf
    idempotency: Idempotency

    async def invoice(self, invoice_id: str, caller: Principal) -> Invoice:
        """Raises NotFound for one that is not there, or not for this caller."""
        invoice = await self.store.invoice(invoice_id)
        if invoice is None:
            raise NotFound("not-found", "there is no such thing here")
        caller.enter(invoice.clinic_id)
        return invoice


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(tags=["documents"])

    @routes.get(
        "/invoices/{invoice_id}.pdf",
        response_class=Response,
        responses={200: {"content": {PDF: {}}, "description": "The PDF"}, 304: {"description": "Not modified"}},
    )
    async def invoice_pdf(
        invoice_id: InvoiceId, caller: Reader, if_none_match: Annotated[str | None, Header()] = None
    ) -> Response:
        """The PDF of an invoice that has a number. One that is being rendered is waited for, a few seconds."""
        invoice = await desk.invoice(invoice_id, caller)
        try:
            pdf = await desk.fetch(invoice)
        except NotRenderedYet:
            raise HttpProblem(
                503, "not-rendered-yet", "the document is being rendered", headers={"Retry-After": str(RETRY_AFTER_S)}
            ) from None
        return _answer(pdf, if_none_match)

    @routes.post("/invoices/{invoice_id}/send", status_code=202, response_model=DeliveryView)
    async def send(invoice_id: InvoiceId, caller: FrontDesk, key: IdempotencyKey) -> Response:
        """Mails the PDF to the patient's address on the invoice. The delivery tells what became of it."""
        invoice = await desk.invoice(invoice_id, caller)

        async def order(unit: Unit) -> Answer:
            delivery = await send_invoice(
                unit, desk.store, desk.jobs, invoice, caller.actor(), utc_now(), current_traceparent()
            )
            return Answer.of(DeliveryView.of(delivery), 202)

        return (await desk.idempotency.once(key, order)).response()

    @routes.get("/deliveries")
    async def deliveries(
        caller: Reader, paging: Paging, invoice_id: Annotated[str | None, Query(max_length=128)] = None
    ) -> Page[DeliveryView]:
        """Deliveries, newest first."""
        clinics = caller.visible_clinics()
        condition: dict[str, Any] = {} if clinics is None else {"clinic_id": {"$in": clinics}}
        if invoice_id is not None:
            condition["invoice_id"] = invoice_id
        page = await desk.store.deliveries(condition, paging)
        return Page(items=[DeliveryView.of(delivery) for delivery in page.items], next_cursor=page.next_cursor)

    return routes


def _answer(pdf: Pdf, if_none_match: str | None) -> Response:
    """With a strong entity tag (RFC 9110, 8.8.3); a patient's document is in no shared cache."""
    etag = f'"{pdf.tag}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{file_name(pdf.number)}"'
    return Response(pdf.content, headers=headers, media_type=PDF)
