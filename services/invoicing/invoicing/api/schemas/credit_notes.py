"""What is said over HTTP to close an invoice without money, or to have it paid in parts."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.values import Id, Quantity, Text
from invoicing.api.schemas.common import Body, ReasonBody
from invoicing.domain.invoice.credit_note import LineCredit
from invoicing.domain.receivables.instalments import Part

Minor = Annotated[int, Field(ge=1, le=2**53 - 1)]
"""In minor units of the invoice's currency."""


class CreditLineBody(Body):
    """Some of a line, by quantity or by net amount; all that is left of it with neither."""

    line_id: Id
    quantity: Quantity | None = None
    net_minor: Minor | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.quantity is not None and self.net_minor is not None:
            raise ValueError("either quantity or net_minor")
        return self


class CreditNoteBody(ReasonBody):
    """Without lines all that is left is credited."""

    lines: Annotated[tuple[CreditLineBody, ...], Field(min_length=1, max_length=1_500)] | None = None

    def asks(self) -> list[LineCredit] | None:
        """As the domain has them."""
        return None if self.lines is None else [LineCredit(**line.model_dump()) for line in self.lines]


class InstalmentBody(Body):
    """One part."""

    due_on: date
    amount_minor: Minor


class InstalmentsBody(Body):
    """The whole plan; none takes it away."""

    instalments: Annotated[tuple[InstalmentBody, ...], Field(max_length=120)]
    reason: Annotated[Text, Field(min_length=1)] | None = None

    def parts(self) -> list[Part]:
        """As the domain has them."""
        return [(part.due_on, part.amount_minor) for part in self.instalments]
