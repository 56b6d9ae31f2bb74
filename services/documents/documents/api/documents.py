"""Documents: the PDF of an invoice."""

from fastapi import APIRouter, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from chassis.http.problems import HttpProblem
from documents.api.dependencies import Deps
from documents.api.files import IfNoneMatch, file_answer
from documents.api.parameters import InvoiceId, ReadVersion
from documents.domain.deliveries.mail import file_name
from documents.usecases.documents.fetch_document import NotRenderedYet

PDF = "application/pdf"
RETRY_AFTER_S = 5

routes = APIRouter(tags=["documents"])


@routes.get(
    "/invoices/{invoice_id}.pdf",
    response_class=Response,
    summary="Get the PDF of an invoice",
    dependencies=[LONG],
    responses={
        200: {
            "description": "The PDF; its `ETag` is equal as long as the bytes are",
            "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
        },
        304: {"description": "The caller has these bytes already"},
        **problems(
            {
                404: ["not-found"],
                409: ["invoice-not-finalized"],
                500: ["rendering-failed"],
                503: ["not-heard-yet", "not-rendered-yet"],
            }
        ),
    },
)
async def get_invoice_pdf(
    invoice_id: InvoiceId,
    caller: Reader,
    deps: Deps,
    version: ReadVersion = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The PDF of an invoice that has a number. One that is being rendered is waited for, a few seconds.

    So is one that is a draft here, or unknown: what invoicing said of it may be on its way. `not-heard-yet` says that
    it still is, `invoice-not-finalized` that it is a draft.
    """
    invoice = await deps.invoice(invoice_id, caller, version)
    try:
        pdf = await deps.fetch(invoice)
    except NotRenderedYet:
        raise HttpProblem(
            503, "not-rendered-yet", "the document is being rendered", headers={"Retry-After": str(RETRY_AFTER_S)}
        ) from None
    return file_answer(pdf.content, pdf.tag, file_name(pdf.number), PDF, if_none_match)
