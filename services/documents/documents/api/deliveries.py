"""Deliveries: documents on their way to patients."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.database.paging import Page, Paging
from chassis.http.auth import FrontDesk, Reader
from chassis.http.deadline import LONG
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from chassis.telemetry import current_traceparent
from documents.api.dependencies import Deps
from documents.api.parameters import InvoiceId, ReadVersion
from documents.api.schemas.deliveries import DeliveryView
from documents.usecases.deliveries.send_invoice import send_invoice
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
            409: ["invoice-not-finalized", "invoice-void"],
            422: ["recipient-missing", "recipient-invalid"],
            503: ["not-heard-yet"],
        }
    ),
)
async def send(
    invoice_id: InvoiceId, caller: FrontDesk, key: IdempotencyKey, deps: Deps, version: ReadVersion = None
) -> Response:
    """Mails the PDF to the patient's address on the invoice. The delivery tells what became of it.

    What invoicing said of it last is waited for, as by the route of the PDF.
    """
    invoice = await deps.invoice(invoice_id, caller, version)

    async def work(unit: Unit) -> Answer:
        change = Change(utc_now(), caller.actor())
        delivery = await send_invoice(unit, deps.store, deps.jobs, invoice, change, current_traceparent())
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
