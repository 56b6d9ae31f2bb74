"""Receipts: the PDF of the receipt for a payment, or for a refund."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from documents.api.dependencies import Deps
from documents.api.documents import pdf_answer, pdf_responses
from documents.api.files import IfNoneMatch
from documents.usecases.documents.receipt_source import slip

routes = APIRouter(tags=["documents"])

ReceiptId = Annotated[
    str,
    Path(
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="the payment, or the refund, as payments names it",
        examples=["pay_0192f3c1"],
    ),
]


@routes.get(
    "/receipts/{payment_id}.pdf",
    response_class=Response,
    summary="Get the receipt of a payment or refund",
    dependencies=[LONG],
    responses=pdf_responses({409: ["no-receipt"]}),
)
async def get_receipt_pdf(
    payment_id: ReceiptId,
    caller: Reader,
    deps: Deps,
    paper: Annotated[
        Literal["page", "80mm"], Query(description="`80mm`: the slip of a till's printer; else A4 or US Letter")
    ] = "page",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The receipt as it was issued, a moment after the money was ours: later refunds have receipts of their own.

    `no-receipt`: no money came of this payment, or went of this refund, so far.
    """
    snapshot = await deps.receipt(await deps.payment(payment_id, caller), payment_id)
    pdf = await (deps.printed(slip(snapshot)) if paper == "80mm" else deps.document(snapshot))
    return pdf_answer(pdf, if_none_match)
