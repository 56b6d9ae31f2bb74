"""Invoices that are paid in parts."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import FrontDesk
from contracts.invoicing import Invoice as InvoiceView
from invoicing.api.dependencies import Deps
from invoicing.api.invoice_changes import change_invoice
from invoicing.api.parameters import InvoicePath
from invoicing.api.responses import changed_invoice
from invoicing.api.schemas.examples import IN_INSTALMENTS
from invoicing.api.schemas.instalments import InstalmentsBody
from invoicing.usecases.invoice.plan_instalments import plan_instalments

routes = APIRouter(tags=["invoices"])


@routes.put(
    "/invoices/{invoice_id}/instalments",
    response_model=InvoiceView,
    summary="Plan an invoice's instalments",
    responses=changed_invoice(IN_INSTALMENTS, invalid=["instalment-order", "instalments-sum"]),
)
async def plan(
    invoice_id: InvoicePath, body: InstalmentsBody, deps: Deps, caller: FrontDesk, version: IfMatch
) -> Response:
    """A draft or a finalized invoice is paid in these parts; an empty list takes the plan away.

    For the front desk. The days ascend, and the amounts sum to what the invoice asks and is not credited. Each part is
    due, and overdue, on its own day. A draft that costs something else later has to be planned again before it is
    finalized.
    """
    parts = body.parts()
    return await change_invoice(
        deps,
        caller,
        invoice_id,
        version,
        lambda unit, stored, change: plan_instalments(unit, deps.store, stored, parts, change),
        body.reason,
    )
