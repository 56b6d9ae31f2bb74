"""What a session's later version proposes for an invoice that is final: confirmed or rejected."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from chassis.http import IfMatch
from chassis.http.auth import BillingManager
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from contracts.invoicing import CreditNoteIssued
from contracts.invoicing import Invoice as InvoiceView
from invoicing.api.dependencies import Deps
from invoicing.api.invoice_changes import (
    change_invoice,
    change_invoice_once,
    created_credit_note,
    created_invoice,
    invoice_answer,
)
from invoicing.api.parameters import InvoicePath, ProposalPath
from invoicing.api.responses import answers, changed_invoice
from invoicing.api.schemas.common import REASON_EXAMPLE, ReasonBody, ReasonedBody
from invoicing.api.schemas.examples import CREDIT_NOTE, FINALIZED
from invoicing.api.schemas.proposals import CONFIRM_EXAMPLE, ConfirmBody
from invoicing.domain.invoice.credit_note import CreditNote
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.corrections.decide_proposal import acknowledge_deviations, confirm_proposal, reject_proposal

PROPOSAL = "/invoices/{invoice_id}/proposals/{proposal_id}"
routes = APIRouter(tags=["proposals"])


@routes.post(
    f"{PROPOSAL}/confirm",
    status_code=201,
    response_model=InvoiceView | CreditNoteIssued,
    summary="Confirm a proposal",
    responses={
        **answers(CREDIT_NOTE, 201, "the credit note, or the draft of the supplement; `Location` is its path"),
        **problems(
            {
                404: ["invoice-unknown", "proposal-unknown"],
                409: ["illegal-transition", "nothing-left-to-credit", "clinic-not-configured", "changed-meanwhile"],
                422: ["amount-too-large"],
            }
        ),
    },
)
async def confirm(
    invoice_id: InvoicePath,
    proposal_id: ProposalPath,
    deps: Deps,
    caller: BillingManager,
    version: IfMatch,
    key: IdempotencyKey,
    body: Annotated[ConfirmBody | None, Body(examples=[CONFIRM_EXAMPLE])] = None,
) -> Response:
    """Bills what the session has more, or takes back what it has less: never twice, and never more than what is left.

    For billing managers. A proposal of kind `supplement` becomes the draft of an invoice of its own, one of kind
    `credit` a credit note.
    """
    given_reason = body and body.reason

    async def answer_of(unit: Unit, stored: StoredInvoice) -> Answer:
        reason = given_reason or f"session corrected: {stored.invoice.session_id}"
        change = deps.change(caller, reason)
        made = await confirm_proposal(unit, deps.store, deps.terms, stored, proposal_id, change)
        return created_credit_note(made) if isinstance(made, CreditNote) else created_invoice(made)

    async with deps.drawing_number(caller, invoice_id):
        return await change_invoice_once(deps, caller, invoice_id, version, key, answer_of)


@routes.post(
    f"{PROPOSAL}/reject",
    response_model=InvoiceView,
    summary="Reject a proposal",
    responses=changed_invoice(FINALIZED, unknown=["proposal-unknown"]),
)
async def reject(
    invoice_id: InvoicePath,
    proposal_id: ProposalPath,
    body: ReasonBody,
    deps: Deps,
    caller: BillingManager,
    version: IfMatch,
    key: IdempotencyKey,
) -> Response:
    """Nothing comes of it. It is proposed again only when the session has something else of its items.

    For billing managers.
    """
    change = deps.change(caller, body.reason)

    async def answer_of(unit: Unit, stored: StoredInvoice) -> Answer:
        return invoice_answer(await reject_proposal(unit, deps.store, stored, proposal_id, change))

    return await change_invoice_once(deps, caller, invoice_id, version, key, answer_of)


@routes.post(
    "/invoices/{invoice_id}/deviations/acknowledge",
    response_model=InvoiceView,
    summary="Acknowledge deviations",
    responses=changed_invoice(FINALIZED, conflict=["nothing-to-acknowledge"]),
)
async def acknowledge(
    invoice_id: InvoicePath,
    deps: Deps,
    caller: BillingManager,
    version: IfMatch,
    body: Annotated[ReasonedBody | None, Body(examples=[REASON_EXAMPLE])] = None,
) -> Response:
    """Notes that a person saw what the session has otherwise at no other cost, such as another tooth.

    For billing managers. The invoice stays as it was issued, and does not wait for a person any more.
    """
    return await change_invoice(
        deps,
        caller,
        invoice_id,
        version,
        lambda unit, stored, change: acknowledge_deviations(unit, deps.store, stored, change),
        body.reason if body else None,
    )
