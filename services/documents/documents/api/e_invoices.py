"""Electronic invoices: the XML of an invoice, and of a credit note."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from chassis.http.auth import Reader
from chassis.http.deadline import LONG
from chassis.http.openapi import problems
from documents.api.dependencies import Deps
from documents.api.files import IfNoneMatch, file_answer
from documents.api.parameters import CreditNoteId, InvoiceId, ReadVersion
from documents.domain.deliveries.mail import file_name
from documents.domain.documents.e_invoice import Profile, Syntax
from documents.usecases.documents.fetch_e_invoice import Xml

XML = "application/xml"
AskedSyntax = Annotated[Syntax, Query(description="CII, as it is in the PDF, or UBL 2.1")]
AskedProfile = Annotated[
    Profile, Query(description="`xrechnung`: for a public payer of the clinic's profile, of its part")
]

routes = APIRouter(tags=["documents"])


def _responses(*refusals: str) -> dict[int | str, Any]:
    return {
        200: {
            "description": "The XML; its `ETag` is equal as long as the bytes are",
            "content": {XML: {"schema": {"type": "string"}}},
        },
        304: {"description": "The caller has these bytes already"},
        **problems({404: ["not-found"], 409: [*refusals, "no-e-invoice"], 503: ["not-heard-yet"]}),
    }


def _answer(xml: Xml, if_none_match: str | None) -> Response:
    return file_answer(xml.content, xml.tag, file_name(xml.number, "xml"), XML, if_none_match)


@routes.get(
    "/invoices/{invoice_id}.xml",
    response_class=Response,
    summary="Get the electronic invoice of an invoice",
    dependencies=[LONG],
    responses=_responses("invoice-not-finalized", "invoice-void"),
)
async def get_invoice_xml(
    invoice_id: InvoiceId,
    caller: Reader,
    deps: Deps,
    syntax: AskedSyntax = "cii",
    profile: AskedProfile = "en16931",
    version: ReadVersion = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """An invoice of EN 16931, as it was issued: what was paid since changes nothing of it.

    `no-e-invoice` says why there is none: a currency of three decimal places, or what the clinic's profile lacks. What
    invoicing said of it last is waited for, as by the route of the PDF.
    """
    invoice = await deps.invoice(invoice_id, caller, version)
    return _answer(await deps.e_invoice.invoice(invoice, profile, syntax), if_none_match)


@routes.get(
    "/credit-notes/{credit_note_id}.xml",
    response_class=Response,
    summary="Get the electronic invoice of a credit note",
    dependencies=[LONG],
    responses=_responses(),
)
async def get_credit_note_xml(
    credit_note_id: CreditNoteId,
    caller: Reader,
    deps: Deps,
    syntax: AskedSyntax = "cii",
    profile: AskedProfile = "en16931",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A credit note of EN 16931, of type 381, which names its invoice. One that is unknown is waited for."""
    note = await deps.credit_note(credit_note_id, caller)
    return _answer(await deps.e_invoice.credit_note(note, profile, syntax), if_none_match)
