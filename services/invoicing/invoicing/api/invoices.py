"""Invoices: lists, one, as it is or as it was, its draft edited."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.database.paging import Page, Paging
from chassis.http import IfMatch
from chassis.http.auth import FrontDesk, Reader
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceView
from contracts.invoicing import InvoiceStatus, Problem
from contracts.values import Id, Time
from invoicing.api.desk import Desk, answer
from invoicing.api.revisions import old_answer, past
from invoicing.api.schemas.drafts import EditBody
from invoicing.domain.invoice.invoice import Invoice
from invoicing.store.invoices import NEWEST_FIRST, InvoiceFilter, StoredInvoice
from invoicing.usecases.drafts.edit_draft import edit_draft
from kernel.change import Change


def invoices(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.get("/invoices")
    async def list_invoices(
        caller: Reader,
        paging: Paging,
        clinic_id: Annotated[Id | None, Query()] = None,
        patient_id: Annotated[Id | None, Query()] = None,
        status: Annotated[InvoiceStatus | None, Query()] = None,
        problem: Annotated[Problem | None, Query(description="only what waits for a person because of it")] = None,
    ) -> Page[InvoiceView]:
        visible = caller.visible_clinics()
        if clinic_id is not None:
            caller.enter(clinic_id)
            visible = [clinic_id]
        rows = await desk.store.invoices.page(InvoiceFilter(visible, patient_id, status, problem), paging)
        return NEWEST_FIRST.page(rows, paging, lambda row: InvoiceView.model_validate_json(row["snapshot"]))

    @routes.get("/invoices/{invoice_id}", response_model=InvoiceView)
    async def get_invoice(
        invoice_id: Id,
        caller: Reader,
        revision: Annotated[int | None, Query(ge=1, description="as it was at this version")] = None,
        as_of: Annotated[Time | None, Query(description="as it was at this time (RFC 3339)")] = None,
    ) -> Response:
        kept = await desk.invoice(caller, invoice_id)
        if revision is None and as_of is None:
            return answer(kept.invoice)
        return old_answer(await past(desk.store.revisions, invoice_id, kept.invoice.version, revision, as_of))

    @routes.patch("/invoices/{invoice_id}", response_model=InvoiceView)
    async def edit(invoice_id: Id, body: EditBody, caller: FrontDesk, version: IfMatch) -> Response:
        """Note, due date, lines added, changed and removed, conflicts resolved: one version, all of it or nothing."""

        async def step(unit: Unit, kept: StoredInvoice, change: Change) -> Invoice:
            return await edit_draft(unit, desk.store, desk.terms, kept, change, body.edits(kept.invoice))

        return await desk.apply(caller, invoice_id, version, body.why(), step)
