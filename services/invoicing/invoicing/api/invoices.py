"""Invoices: listed, read as they are or as they were, edited while they are drafts, moved to another state."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.database.paging import Page, Paging
from chassis.http import IfMatch, demand_version
from chassis.http.auth import BillingManager, FrontDesk, Reader
from chassis.http.openapi import problems
from chassis.messaging.outbox import Unit
from chassis.telemetry import current_traceparent
from contracts.invoicing import Invoice as InvoiceView
from contracts.invoicing import InvoiceStatus, Problem
from contracts.values import Time
from invoicing.api.dependencies import Deps
from invoicing.api.finalizing import refuse_finalizer
from invoicing.api.invoice_changes import change_invoice, find_invoice, invoice_response
from invoicing.api.parameters import (
    ClinicQuery,
    InvoicePath,
    NumberQuery,
    PatientQuery,
    ReferenceQuery,
    SessionQuery,
)
from invoicing.api.previous_balances import as_of_now, views_as_of_now
from invoicing.api.responses import a_page_of, answers, changed_invoice
from invoicing.api.revisions import past_revision, revision_response
from invoicing.api.schemas.common import ReasonBody
from invoicing.api.schemas.examples import ARCHIVED, DRAFT, FINALIZED, VOID
from invoicing.api.schemas.invoices import EditBody
from invoicing.domain.invoice.invoice import Invoice
from invoicing.store.invoices import NEWEST_FIRST, InvoiceFilter
from invoicing.usecases.drafts.edit_draft import edit_draft
from invoicing.usecases.invoice.archive_invoice import archive_invoice
from invoicing.usecases.invoice.finalize_invoice import finalize_invoice
from invoicing.usecases.invoice.void_invoice import void_invoice

INVOICES = "/invoices"
INVOICE = f"{INVOICES}/{{invoice_id}}"
routes = APIRouter(tags=["invoices"])


@routes.get(INVOICES, summary="List invoices", responses={**a_page_of(FINALIZED), **problems({404: ["not-found"]})})
async def list_invoices(
    deps: Deps,
    caller: Reader,
    paging: Paging,
    clinic_id: ClinicQuery = None,
    patient_id: PatientQuery = None,
    status: Annotated[InvoiceStatus | None, Query(description="only in this state")] = None,
    problem: Annotated[Problem | None, Query(description="only what waits for a person because of it")] = None,
    session_id: SessionQuery = None,
    number: NumberQuery = None,
    reference: ReferenceQuery = None,
) -> Page[InvoiceView]:
    """Invoices of the clinics that the token names, newest first, each as a whole. For every role.

    What waits for a person has a `problem`: `unpriced` and `clinic-not-configured` keep a draft from being finalized,
    `awaits-approval` wants a second person, `conflicting-edit` a word on which side of a line counts,
    `session-corrected` and `session-voided` a decision about what is proposed.
    """
    visible = caller.visible_clinics()
    if clinic_id is not None:
        caller.enter(clinic_id)
        visible = [clinic_id]
    wanted = InvoiceFilter(visible, patient_id, status, problem, session_id, number, reference)
    rows = await deps.store.invoices.page(wanted, paging)
    page = NEWEST_FIRST.page(rows, paging, lambda row: InvoiceView.model_validate_json(row["snapshot"]))
    return page.model_copy(update={"items": await views_as_of_now(deps, page.items)})


@routes.get(
    INVOICE,
    response_model=InvoiceView,
    summary="Read an invoice",
    responses={
        **answers(FINALIZED),
        **problems({404: ["invoice-unknown", "revision-unknown"], 422: ["revision-or-time"]}),
    },
)
async def get_invoice(
    invoice_id: InvoicePath,
    deps: Deps,
    caller: Reader,
    revision: Annotated[int | None, Query(ge=1, description="as it was at this version")] = None,
    as_of: Annotated[Time | None, Query(description="as it was at this time (RFC 3339)")] = None,
) -> Response:
    """The invoice as it is now or, with `revision` or `as_of`, as it was: byte for byte as it was published then.

    For every role. Its ETag is the version to name in `If-Match`. A draft tells what is owed before it now.
    """
    stored = await find_invoice(deps, caller, invoice_id)
    if revision is None and as_of is None:
        return invoice_response(await as_of_now(deps, stored.invoice))
    return revision_response(
        await past_revision(deps.store.revisions, invoice_id, stored.invoice.version, revision, as_of)
    )


@routes.patch(
    INVOICE,
    response_model=InvoiceView,
    summary="Edit a draft",
    responses=changed_invoice(
        DRAFT,
        invalid=[
            "line-unknown",
            "diagnosis-unknown",
            "line-twice",
            "field-of-another-kind",
            "not-in-conflict",
            "not-by-hand",
            "too-many-lines",
            "too-many-discounts",
            "amount-too-large",
            "currency-differs",
            "basis-differs",
            "tax-missing",
            "tax-rate",
            "exemption-reason-missing",
        ],
    ),
)
async def edit(invoice_id: InvoicePath, body: EditBody, deps: Deps, caller: FrontDesk, version: IfMatch) -> Response:
    """Note, due date, lines added, changed and removed, conflicts resolved: one version, all of it or nothing.

    For the front desk. A price by hand, and billing less than the session has, take a billing manager. Lines that had
    no price get one, if there is one now; all lines do in a draft whose currency was withdrawn. Where several things
    are wrong, `errors` names each with its place and code.
    """
    return await change_invoice(
        deps,
        caller,
        invoice_id,
        version,
        lambda unit, stored, change: edit_draft(
            unit, deps.store, deps.terms, stored, change, body.edits(stored.invoice)
        ),
        body.revision_reason(),
    )


@routes.post(
    f"{INVOICE}/finalize",
    response_model=InvoiceView,
    summary="Finalize a draft",
    responses=changed_invoice(
        FINALIZED,
        conflict=[
            "no-lines",
            "currency-withdrawn",
            "factor-reason-missing",
            "fee-agreement-missing",
            "unpriced",
            "clinic-not-configured",
            "awaits-approval",
            "conflicting-edit",
            "session-voided",
            "instalments-differ",
        ],
    ),
)
async def finalize(invoice_id: InvoicePath, deps: Deps, caller: FrontDesk, version: IfMatch) -> Response:
    """The draft becomes an invoice: it gets its number, seller and dates, and its content never changes again.

    For billing managers, and for the front desk where the clinic's profile says so (`finalize_by`). Numbers have no
    gap. What the patient paid ahead counts at once: then the answer may be `paid`. What costs nothing is `no_charge`.
    A draft with a problem is refused with that problem as the code.
    """

    async def work(unit: Unit) -> Invoice:
        # What was owed before it is told as it is then: that is read with all else of the account.
        stored = await find_invoice(deps, caller, invoice_id, unit)
        await refuse_finalizer(deps, caller, stored.invoice.clinic_id)
        demand_version(version, stored.invoice.version)
        return await finalize_invoice(unit, deps.store, stored, change)

    async with deps.drawing_number(caller, invoice_id):
        change = deps.change(caller)
        return invoice_response(await deps.outbox.transact(work, traceparent=current_traceparent()))


@routes.post(
    f"{INVOICE}/void",
    response_model=InvoiceView,
    summary="Void an invoice",
    responses=changed_invoice(VOID, conflict=["invoice-has-credit-notes", "invoice-has-payments"]),
)
async def void(
    invoice_id: InvoicePath, body: ReasonBody, deps: Deps, caller: BillingManager, version: IfMatch
) -> Response:
    """The draft or invoice counts for nothing; a number that it had stays used.

    For billing managers. Of an invoice that is paid or credited in part, credit the rest instead.
    """
    return await change_invoice(
        deps,
        caller,
        invoice_id,
        version,
        lambda unit, stored, change: void_invoice(unit, deps.store, stored, change),
        body.reason,
    )


@routes.post(
    f"{INVOICE}/archive", response_model=InvoiceView, summary="Archive an invoice", responses=changed_invoice(ARCHIVED)
)
async def archive(invoice_id: InvoicePath, deps: Deps, caller: BillingManager, version: IfMatch) -> Response:
    """Puts an invoice away that is paid, or was no charge. For billing managers. A refund opens it again."""
    return await change_invoice(
        deps,
        caller,
        invoice_id,
        version,
        lambda unit, stored, change: archive_invoice(unit, deps.store, stored, change),
    )
