"""Instalment plans."""

from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.values import Text
from invoicing.api.schemas.common import Body, PositiveMinor
from invoicing.domain.receivables.instalments import Part


class InstalmentBody(Body):
    """One part."""

    due_on: date
    amount_minor: PositiveMinor


class InstalmentsBody(Body):
    """The whole plan; none takes it away."""

    instalments: Annotated[tuple[InstalmentBody, ...], Field(max_length=120)]
    reason: Annotated[Text, Field(min_length=1)] | None = None

    def parts(self) -> list[Part]:
        """As the domain has them."""
        return [(part.due_on, part.amount_minor) for part in self.instalments]
