"""Credit notes."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.values import Id, Quantity
from invoicing.api.schemas.common import Body, PositiveMinor, ReasonBody, example
from invoicing.domain.invoice.credit_note import LineCredit


class CreditLineBody(Body):
    """Some of a line, by quantity or by net amount; all that is left of it with neither."""

    line_id: Id = Field(description="a line of the invoice")
    quantity: Quantity | None = Field(default=None, description="so much of its quantity")
    net_minor: PositiveMinor | None = Field(default=None, description="so much of its net amount, in minor units")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.quantity is not None and self.net_minor is not None:
            raise ValueError("either quantity or net_minor")
        return self


class CreditNoteBody(ReasonBody):
    """Without lines all that is left is credited."""

    model_config = example({"reason": "the X-ray was not taken", "lines": [{"line_id": "procedure:p-2"}]})

    lines: Annotated[tuple[CreditLineBody, ...], Field(min_length=1, max_length=1_500)] | None = Field(
        default=None, description="what is taken back; null takes back all that is left"
    )

    def asks(self) -> list[LineCredit] | None:
        """As the domain has them."""
        return None if self.lines is None else [LineCredit(**line.model_dump()) for line in self.lines]
