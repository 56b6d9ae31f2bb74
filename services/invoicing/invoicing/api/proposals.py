"""What a session's later word proposes for a finalized invoice: confirmed or rejected."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch, demand_version, etag
from chassis.http.auth import BillingManager
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.messaging.outbox import Unit
from contracts.invoicing import CreditNoteIssued
from contracts.invoicing import Invoice as InvoiceView
from contracts.values import Id
from invoicing.api.desk import Desk, answered
from invoicing.api.schemas.common import ReasonBody, ReasonedBody
from invoicing.domain.invoice.credit_note import CreditNote
from invoicing.domain.invoice.invoice import Invoice
from invoicing.publishing import snapshot
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.corrections.decide_proposal import acknowledge_deviations, confirm_proposal, reject_proposal
from kernel.change import Change


class ConfirmBody(ReasonedBody):
    """A credit note says why: for the reason given, else because of the session."""


def proposals(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.post(
        "/invoices/{invoice_id}/proposals/{proposal_id}/confirm",
        status_code=201,
        response_model=InvoiceView | CreditNoteIssued,
    )
    async def confirm(
        invoice_id: Id,
        proposal_id: Id,
        caller: BillingManager,
        version: IfMatch,
        key: IdempotencyKey,
        body: ConfirmBody | None = None,
    ) -> Response:
        """Drafts the supplement, or issues the credit note; `Location` says where that is."""
        asked = body and body.reason

        async def work(unit: Unit) -> Answer:
            kept = await desk.invoice(caller, invoice_id, unit)
            demand_version(version, kept.invoice.version)
            reason = asked or f"session corrected: {kept.invoice.session_id}"
            change = desk.change(caller, reason)
            made = await confirm_proposal(unit, desk.store, desk.terms, kept, proposal_id, change)
            if isinstance(made, CreditNote):
                place = {"Location": f"/credit-notes/{made.credit_note_id}"}
                return Answer(201, snapshot(made).decode(), place)
            place = {"Location": f"/invoices/{made.invoice_id}", "ETag": etag(made.version)}
            return Answer(201, snapshot(made).decode(), place)

        return (await desk.idempotency.once(key, work)).response()

    @routes.post("/invoices/{invoice_id}/proposals/{proposal_id}/reject", response_model=InvoiceView)
    async def reject(
        invoice_id: Id, proposal_id: Id, body: ReasonBody, caller: BillingManager, version: IfMatch, key: IdempotencyKey
    ) -> Response:
        """Nothing comes of it; it is asked again only when the session says something else of its items."""
        change = desk.change(caller, body.reason)

        async def work(unit: Unit) -> Answer:
            kept = await desk.invoice(caller, invoice_id, unit)
            demand_version(version, kept.invoice.version)
            return answered(await reject_proposal(unit, desk.store, kept, proposal_id, change))

        return (await desk.idempotency.once(key, work)).response()

    @routes.post("/invoices/{invoice_id}/deviations/acknowledge", response_model=InvoiceView)
    async def notice(
        invoice_id: Id, caller: BillingManager, version: IfMatch, body: ReasonedBody | None = None
    ) -> Response:
        """What the session says otherwise, at no other cost, was taken notice of; the invoice stays as it is."""

        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await acknowledge_deviations(unit, desk.store, kept, change)

        return await desk.apply(caller, invoice_id, version, body.reason if body else None, step)
