"""What the routes answer, for the API's description: examples of answers, and the codes of refusals."""

from collections.abc import Sequence

from chassis.http.openapi import Responses, problems
from invoicing.api.schemas.common import Json

CLINIC_UNKNOWN = ("not-found", "clinic-unknown")
"""404: the token does not name the clinic; nobody configured it."""
CONFIGURABLE = problems({404: list(CLINIC_UNKNOWN), 409: ["changed-meanwhile"]})
"""What belongs to a clinic that has to have a profile."""
NOT_THE_CHECKER = ("maker-is-checker", "above-limit")
"""403: who asked for it decides it; it is more than the caller's role may grant."""
PAYABLE = ("currency-differs", "basis-differs", "tax-missing", "tax-rate", "exemption-reason-missing")
"""422: the price does not fit the line."""


def answers(example: Json | list[Json], status: int = 200, description: str = "Successful Response") -> Responses:
    """An answer with its example."""
    return {status: {"description": description, "content": {"application/json": {"example": example}}}}


def a_page_of(example: Json) -> Responses:
    """The only page of a list."""
    return answers({"items": [example], "next_cursor": None})


def changed_invoice(
    example: Json,
    *,
    forbidden: Sequence[str] = (),
    unknown: Sequence[str] = (),
    conflict: Sequence[str] = (),
    invalid: Sequence[str] = (),
) -> Responses:
    """The invoice after a change, and how a change of an invoice is refused: always, and with codes of its own."""
    codes = {
        403: forbidden,
        404: ["invoice-unknown", *unknown],
        409: ["illegal-transition", *conflict, "changed-meanwhile"],
        422: invalid,
    }
    return {**answers(example), **problems({status: own for status, own in codes.items() if own})}
