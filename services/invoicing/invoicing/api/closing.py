"""Credit notes, writing off, instalments."""

from fastapi import APIRouter, Response

from chassis.http import IfMatch, demand_version
from chassis.http.auth import BillingManager, FrontDesk, Reader
from chassis.http.idempotency import Answer, IdempotencyKey
from chassis.messaging.outbox import Unit
from contracts.invoicing import CreditNoteIssued
from contracts.invoicing import Invoice as InvoiceView
from contracts.values import Id
from invoicing.api.desk import JSON, Desk, answered
from invoicing.api.schemas.common import ReasonBody
from invoicing.api.schemas.credit_notes import CreditNoteBody, InstalmentsBody
from invoicing.domain.invoice.invoice import Invoice
from invoicing.publishing import snapshot
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.invoice.credit_invoice import credit_invoice
from invoicing.usecases.invoice.plan_instalments import plan_instalments
from invoicing.usecases.invoice.write_off_invoice import write_off_invoice
from kernel.change import Change
from kernel.errors import NotFound


def closing(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.post("/invoices/{invoice_id}/credit-notes", status_code=201, response_model=CreditNoteIssued)
    async def issue(
        invoice_id: Id, body: CreditNoteBody, caller: BillingManager, version: IfMatch, key: IdempotencyKey
    ) -> Response:
        change = desk.change(caller, body.reason)

        async def work(unit: Unit) -> Answer:
            kept = await desk.invoice(caller, invoice_id, unit)
            demand_version(version, kept.invoice.version)
            note = await credit_invoice(unit, desk.store, kept, body.asks(), change)
            return Answer(201, snapshot(note).decode(), {"Location": f"/credit-notes/{note.credit_note_id}"})

        return (await desk.idempotency.once(key, work)).response()

    @routes.get("/invoices/{invoice_id}/credit-notes", response_model=list[CreditNoteIssued])
    async def list_of(invoice_id: Id, caller: Reader) -> Response:
        await desk.invoice(caller, invoice_id)
        notes = await desk.store.credit_notes.of(invoice_id)
        return Response(b"[" + b",".join(map(snapshot, notes)) + b"]", media_type=JSON)

    @routes.get("/credit-notes/{credit_note_id}", response_model=CreditNoteIssued)
    async def show(credit_note_id: Id, caller: Reader) -> Response:
        note = await desk.store.credit_notes.get(credit_note_id)
        if not caller.sees(note.clinic_id):
            raise NotFound("credit-note-unknown", f"there is no credit note {credit_note_id}")
        return Response(snapshot(note), media_type=JSON)

    @routes.post("/invoices/{invoice_id}/write-off", response_model=InvoiceView)
    async def write_off(
        invoice_id: Id, body: ReasonBody, caller: BillingManager, version: IfMatch, key: IdempotencyKey
    ) -> Response:
        change = desk.change(caller, body.reason)

        async def work(unit: Unit) -> Answer:
            kept = await desk.invoice(caller, invoice_id, unit)
            demand_version(version, kept.invoice.version)
            return answered(await write_off_invoice(unit, desk.store, kept, change))

        return (await desk.idempotency.once(key, work)).response()

    @routes.put("/invoices/{invoice_id}/instalments", response_model=InvoiceView)
    async def plan(invoice_id: Id, body: InstalmentsBody, caller: FrontDesk, version: IfMatch) -> Response:
        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await plan_instalments(unit, desk.store, kept, body.parts(), change)

        return await desk.apply(caller, invoice_id, version, body.reason, step)
