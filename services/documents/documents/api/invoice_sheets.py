"""What is printed of an invoice for who asks: its submission to an insurer, its instalment plan, a reminder."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from documents.api.dependencies import Deps
from documents.api.documents import pdf_answer, pdf_responses
from documents.api.files import IfNoneMatch
from documents.api.parameters import InvoiceId, ReadVersion
from documents.domain.documents.reminder import Step
from documents.usecases.documents.invoice_sheets import instalment_plan_sheets, reminder_sheets, submission_sheets
from kernel.clock import utc_now

routes = APIRouter(tags=["documents"])
NOT_STANDING = ["invoice-not-finalized", "invoice-void"]


@routes.get(
    "/invoices/{invoice_id}/submission.pdf",
    response_class=Response,
    summary="Print an invoice for an insurer",
    dependencies=[LONG],
    responses=pdf_responses({409: [*NOT_STANDING, "no-claim"]}),
)
async def get_submission_pdf(
    invoice_id: InvoiceId,
    caller: Reader,
    deps: Deps,
    payer_id: Annotated[
        str | None, Query(max_length=128, description="the insurer; the first one of the invoice unless it is said")
    ] = None,
    version: ReadVersion = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Itemised, ten lines a page, with what this insurer is asked for and has paid. It is not kept."""
    invoice = await deps.invoice(invoice_id, caller, version)
    return pdf_answer(await deps.printed(submission_sheets(invoice, payer_id)), if_none_match)


@routes.get(
    "/invoices/{invoice_id}/instalment-plan.pdf",
    response_class=Response,
    summary="Print the instalment plan of an invoice",
    dependencies=[LONG],
    responses=pdf_responses({409: [*NOT_STANDING, "no-instalments"]}),
)
async def get_instalment_plan_pdf(
    invoice_id: InvoiceId, caller: Reader, deps: Deps, version: ReadVersion = None, if_none_match: IfNoneMatch = None
) -> Response:
    """The instalments that were agreed, with their days. It is not kept."""
    invoice = await deps.invoice(invoice_id, caller, version)
    return pdf_answer(await deps.printed(instalment_plan_sheets(invoice)), if_none_match)


@routes.get(
    "/invoices/{invoice_id}/reminder.pdf",
    response_class=Response,
    summary="Print a reminder of an invoice",
    dependencies=[LONG],
    responses=pdf_responses({409: [*NOT_STANDING, "nothing-overdue"]}),
)
async def get_reminder_pdf(
    invoice_id: InvoiceId,
    caller: Reader,
    deps: Deps,
    step: Annotated[
        Step | None, Query(description="1 is friendly, 3 the last; by how long it is overdue unless it is said")
    ] = None,
    version: ReadVersion = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Of what the patient owes today; never of what waits for an insurer. It is not kept."""
    invoice = await deps.invoice(invoice_id, caller, version)
    return pdf_answer(await deps.printed(await reminder_sheets(deps.store, invoice, step, utc_now())), if_none_match)
