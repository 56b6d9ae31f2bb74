"""Documents of invoicing: the PDF of an invoice, and of a credit note."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from documents.api.dependencies import Deps
from documents.api.files import IfNoneMatch, file_answer
from documents.api.parameters import CreditNoteId, InvoiceId, ReadVersion
from documents.domain.deliveries.mail import file_name
from documents.usecases.documents.credit_note_source import credit_note_snapshot
from documents.usecases.documents.fetch_document import Pdf
from documents.usecases.documents.invoice_source import draft_sheets, invoice_snapshot, number_of

PDF = "application/pdf"

routes = APIRouter(tags=["documents"])


def pdf_responses(refusals: dict[int, list[str]]) -> dict[int | str, Any]:
    """What a route of a PDF may answer, with its own refusals."""
    usual = {404: ["not-found"], 500: ["rendering-failed"], 503: ["not-heard-yet", "not-rendered-yet"]}
    return {
        200: {
            "description": "The PDF; its `ETag` is equal as long as the bytes are",
            "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
        },
        304: {"description": "The caller has these bytes already"},
        **problems(dict(sorted((usual | refusals).items()))),
    }


def pdf_answer(pdf: Pdf, if_none_match: str | None) -> Response:
    return file_answer(pdf.content, pdf.tag, file_name(pdf.number), PDF, if_none_match)


@routes.get(
    "/invoices/{invoice_id}.pdf",
    response_class=Response,
    summary="Get the PDF of an invoice",
    dependencies=[LONG],
    responses=pdf_responses({409: ["invoice-not-finalized"]}),
)
async def get_invoice_pdf(
    invoice_id: InvoiceId,
    caller: Reader,
    deps: Deps,
    draft: Annotated[
        bool, Query(description="print it also while it is a draft, with a watermark; that is not kept")
    ] = False,
    version: ReadVersion = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The PDF of an invoice that has a number. One that is being rendered is waited for, a few seconds.

    So is one that is a draft here, or unknown: what invoicing said of it may be on its way. `not-heard-yet` says that
    it still is, `invoice-not-finalized` that it is a draft. A void one is marked as cancelled on every page.
    """
    invoice = await deps.invoice(invoice_id, caller, version)
    if draft and invoice.number is None:
        return pdf_answer(await deps.printed(await draft_sheets(deps.store, invoice)), if_none_match)
    number_of(invoice)
    return pdf_answer(await deps.document(await invoice_snapshot(deps.store, invoice)), if_none_match)


@routes.get(
    "/credit-notes/{credit_note_id}.pdf",
    response_class=Response,
    summary="Get the PDF of a credit note",
    dependencies=[LONG],
    responses=pdf_responses({}),
)
async def get_credit_note_pdf(
    credit_note_id: CreditNoteId, caller: Reader, deps: Deps, if_none_match: IfNoneMatch = None
) -> Response:
    """The PDF of a credit note, which names its invoice. One that is unknown, or being rendered, is waited for."""
    note = await deps.credit_note(credit_note_id, caller)
    return pdf_answer(await deps.document(await credit_note_snapshot(deps.store, note)), if_none_match)
