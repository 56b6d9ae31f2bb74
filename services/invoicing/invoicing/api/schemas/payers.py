"""Which payer of an invoice is meant."""

from typing import Self

from pydantic import Field, model_validator

from contracts.invoicing import Part
from contracts.values import Id
from invoicing.api.schemas.common import ReasonBody, example
from invoicing.domain.invoice.payers import Payer


class WriteOffBody(ReasonBody):
    """Without a payer all that is due is written off."""

    model_config = example({"reason": "the insurer went out of business", "part": "insurer", "payer_id": "payer-aok"})

    part: Part | None = Field(default=None, description="write off only what this payer owes; null for all payers")
    payer_id: Id | None = Field(default=None, description="which insurer, where there are two")

    @model_validator(mode="after")
    def _an_insurers_id(self) -> Self:
        if self.payer_id is not None and self.part != "insurer":
            raise ValueError("payer_id names an insurer")
        return self

    def wanted(self) -> Payer | None:
        """As the domain has it."""
        return None if self.part is None else (self.part, self.payer_id)
