"""What moves an invoice to another state."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceView
from contracts.values import Id
from invoicing.api.desk import Desk
from invoicing.api.schemas.common import ReasonBody
from invoicing.domain.invoice.invoice import Invoice
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.invoice.archive_invoice import archive_invoice
from invoicing.usecases.invoice.finalize_invoice import finalize_invoice
from invoicing.usecases.invoice.void_invoice import void_invoice
from kernel.change import Change


def transitions(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.post("/invoices/{invoice_id}/finalize", response_model=InvoiceView)
    async def finalize(invoice_id: Id, caller: BillingManager, version: IfMatch) -> Response:
        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await finalize_invoice(unit, desk.store, kept, change)

        return await desk.apply(caller, invoice_id, version, None, step)

    @routes.post("/invoices/{invoice_id}/void", response_model=InvoiceView)
    async def void(invoice_id: Id, body: ReasonBody, caller: BillingManager, version: IfMatch) -> Response:
        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await void_invoice(unit, desk.store, kept, change)

        return await desk.apply(caller, invoice_id, version, body.reason, step)

    @routes.post("/invoices/{invoice_id}/archive", response_model=InvoiceView)
    async def archive(invoice_id: Id, caller: BillingManager, version: IfMatch) -> Response:
        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await archive_invoice(unit, desk.store, kept, change)

        return await desk.apply(caller, invoice_id, version, None, step)
