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
    """The patient pays what they owe of a draft or a finalized invoice in these parts; an empty list takes them away.

    For the front desk. The days ascend, and the amounts sum to what the patient still owes: their part, less what is
    paid, of a draft as if it were final now. Each part is due, and overdue, on its own day. A plan can be made again
    after a part is paid. A draft of which the patient owes something else later has to be planned again before it is
    finalized, but for money that came ahead of a plan of the whole: it is off the earliest parts.
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
