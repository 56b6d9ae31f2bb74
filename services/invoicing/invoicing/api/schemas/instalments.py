"""Instalment plans."""

from datetime import date
from typing import Annotated

from pydantic import Field

from invoicing.api.schemas.common import Body, PositiveMinor, Reason, example
from invoicing.domain.receivables.instalments import Part


class InstalmentBody(Body):
    """One part of the plan."""

    due_on: date = Field(description="when it is due; each after the one before")
    amount_minor: PositiveMinor = Field(description="how much, in minor units of the invoice's currency")


class InstalmentsBody(Body):
    """The whole plan; an empty list takes it away."""

    model_config = example(
        {
            "instalments": [
                {"due_on": "2026-12-20", "amount_minor": 6607},
                {"due_on": "2027-01-20", "amount_minor": 6607},
            ],
            "reason": "asked for by the patient",
        }
    )

    instalments: Annotated[tuple[InstalmentBody, ...], Field(max_length=120)] = Field(
        description="the parts, by day; they sum to what the patient still owes of the invoice"
    )
    reason: Reason | None = Field(default=None, description="why; kept with the revision")

    def parts(self) -> list[Part]:
        """As the domain has them."""
        return [(part.due_on, part.amount_minor) for part in self.instalments]
