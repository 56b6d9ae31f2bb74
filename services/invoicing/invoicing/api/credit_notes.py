"""Credit notes: issued, listed, read."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager, Reader
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from contracts.invoicing import CreditNoteIssued
from invoicing.api.dependencies import Deps
from invoicing.api.invoice_changes import JSON, change_invoice_once, created_credit_note, find_invoice
from invoicing.api.parameters import CreditNotePath, InvoicePath
from invoicing.api.responses import answers
from invoicing.api.schemas.credit_notes import CreditNoteBody
from invoicing.api.schemas.examples import CREDIT_NOTE
from invoicing.publishing import snapshot
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.invoice.credit_invoice import credit_invoice
from kernel.errors import NotFound

CREDIT_NOTES = "/invoices/{invoice_id}/credit-notes"
routes = APIRouter(tags=["credit notes"])


@routes.post(
    CREDIT_NOTES,
    status_code=201,
    response_model=CreditNoteIssued,
    summary="Issue a credit note",
    responses={
        **answers(CREDIT_NOTE, 201, "issued; `Location` is its path"),
        **problems(
            {
                404: ["invoice-unknown"],
                409: ["illegal-transition", "nothing-left-to-credit", "clinic-not-configured", "changed-meanwhile"],
                422: ["line-unknown", "more-than-left"],
            }
        ),
    },
)
async def issue(
    invoice_id: InvoicePath,
    body: CreditNoteBody,
    deps: Deps,
    caller: BillingManager,
    version: IfMatch,
    key: IdempotencyKey,
) -> Response:
    """Takes back some lines of an invoice that is final, by quantity or by net amount, or all that is left of it.

    For billing managers. It gets the next number of its own series. In whatever parts an invoice is credited, net and
    VAT of its credit notes sum to its own. What the invoice needs no more of its payments is credit on the patient's
    account; to give it back is a refund, in payments.
    """
    change, asks = deps.change(caller, body.reason), body.asks()

    async def answer_of(unit: Unit, stored: StoredInvoice) -> Answer:
        return created_credit_note(await credit_invoice(unit, deps.store, stored, asks, change))

    async with deps.drawing_number(caller, invoice_id):
        return await change_invoice_once(deps, caller, invoice_id, version, key, answer_of)


@routes.get(
    CREDIT_NOTES,
    response_model=list[CreditNoteIssued],
    summary="List an invoice's credit notes",
    responses={**answers([CREDIT_NOTE]), **problems({404: ["invoice-unknown"]})},
)
async def list_credit_notes(invoice_id: InvoicePath, deps: Deps, caller: Reader) -> Response:
    """All credit notes of the invoice, the oldest first. For every role."""
    await find_invoice(deps, caller, invoice_id)
    notes = await deps.store.credit_notes.of(invoice_id)
    return Response(b"[" + b",".join(map(snapshot, notes)) + b"]", media_type=JSON)


@routes.get(
    "/credit-notes/{credit_note_id}",
    response_model=CreditNoteIssued,
    summary="Read a credit note",
    responses={**answers(CREDIT_NOTE), **problems({404: ["credit-note-unknown"]})},
)
async def get_credit_note(credit_note_id: CreditNotePath, deps: Deps, caller: Reader) -> Response:
    """The credit note as it was issued; it never changes. For every role."""
    note = await deps.store.credit_notes.get(credit_note_id)
    if not caller.sees(note.clinic_id):
        raise NotFound("credit-note-unknown", f"there is no credit note {credit_note_id}")
    return Response(snapshot(note), media_type=JSON)
