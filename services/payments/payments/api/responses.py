"""What the routes answer, for the API's description: an example of an answer, and codes that several routes share."""

from chassis.http.openapi import Responses, problems
from payments.api.examples.values import REVISION, Json

INVOICE_CLOSED = ("invoice-not-finalized", "invoice-paid", "invoice-closed", "invoice-void")
"""409: the invoice takes no money."""
INVOICE_DIFFERS = (
    "invoice-unknown",
    "invoice-of-another-patient",
    "currency-differs",
    "more-than-due",
    "payer-unknown",
)
"""422: the money does not fit the invoice."""
UNKNOWN = problems({404: ["not-found"]})
"""There is no such thing, or it is of a clinic that the token does not name."""


def answers(example: Json, status: int = 200, description: str = "") -> Responses:
    """An answer with its example."""
    described = {"description": description} if description else {}
    return {status: {**described, "content": {"application/json": {"example": example}}}}


def a_page_of(example: Json) -> Responses:
    """The only page of a list."""
    return answers({"items": [example], "next_cursor": None})


HISTORY = {**a_page_of(REVISION), **UNKNOWN}
"""A page of revisions."""
