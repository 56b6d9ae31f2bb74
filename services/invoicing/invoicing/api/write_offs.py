"""Invoices that nobody will pay."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceView
from invoicing.api.dependencies import Deps
from invoicing.api.invoice_changes import change_invoice_once, invoice_answer
from invoicing.api.parameters import InvoicePath
from invoicing.api.responses import changed_invoice
from invoicing.api.schemas.examples import WRITTEN_OFF
from invoicing.api.schemas.payers import WriteOffBody
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.invoice.write_off_invoice import write_off_invoice

routes = APIRouter(tags=["invoices"])


@routes.post(
    "/invoices/{invoice_id}/write-off",
    response_model=InvoiceView,
    summary="Write an invoice off",
    responses=changed_invoice(WRITTEN_OFF, conflict=["nothing-due"], invalid=["payer-unknown"]),
)
async def write_off(
    invoice_id: InvoicePath,
    body: WriteOffBody,
    deps: Deps,
    caller: BillingManager,
    version: IfMatch,
    key: IdempotencyKey,
) -> Response:
    """Nobody expects any more what is due of a finalized invoice; of one payer only, where one is named.

    For billing managers. A payment that comes all the same still counts, and takes the write-off back so far; a refund
    opens the invoice again.
    """
    change = deps.change(caller, body.reason)

    async def answer_of(unit: Unit, stored: StoredInvoice) -> Answer:
        return invoice_answer(await write_off_invoice(unit, deps.store, stored, change, body.wanted()))

    return await change_invoice_once(deps, caller, invoice_id, version, key, answer_of)
