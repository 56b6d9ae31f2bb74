"""Electronic invoices: the XML of an invoice."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from documents.api.dependencies import Deps
from documents.api.files import IfNoneMatch, file_answer
from documents.api.parameters import InvoiceId, ReadVersion
from documents.domain.deliveries.mail import file_name
from documents.domain.documents.e_invoice import Profile, Syntax

XML = "application/xml"

routes = APIRouter(tags=["documents"])


@routes.get(
    "/invoices/{invoice_id}.xml",
    response_class=Response,
    summary="Get the electronic invoice of an invoice",
    dependencies=[LONG],
    responses={
        200: {
            "description": "The XML; its `ETag` is equal as long as the bytes are",
            "content": {XML: {"schema": {"type": "string"}}},
        },
        304: {"description": "The caller has these bytes already"},
        **problems(
            {
                404: ["not-found"],
                409: ["invoice-not-finalized", "invoice-void", "no-e-invoice"],
                503: ["not-heard-yet"],
            }
        ),
    },
)
async def get_invoice_xml(
    invoice_id: InvoiceId,
    caller: Reader,
    deps: Deps,
    syntax: Annotated[Syntax, Query(description="CII, as it is in the PDF, or UBL 2.1")] = "cii",
    profile: Annotated[
        Profile, Query(description="`xrechnung`: the invoice to a public payer of the clinic's profile, for its part")
    ] = "en16931",
    version: ReadVersion = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """An invoice of EN 16931, as it was issued: what was paid since changes nothing of it.

    `no-e-invoice` says why there is none: a currency of three decimal places, or what the clinic's profile lacks. What
    invoicing said of it last is waited for, as by the route of the PDF.
    """
    invoice = await deps.invoice(invoice_id, caller, version)
    xml = await deps.e_invoice(invoice, profile, syntax)
    return file_answer(xml.content, xml.tag, file_name(xml.number, "xml"), XML, if_none_match)
