"""What several bodies are made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.values import Rate, Text


def shortest(rate: str) -> str:
    """The same rate is always written in the same way, so that it is one group of the VAT breakdown."""
    whole, _, fraction = rate.partition(".")
    fraction = fraction.rstrip("0")
    return f"{int(whole)}.{fraction}" if fraction else str(int(whole))


ShortRate = Annotated[Rate, AfterValidator(shortest)]
"""Without needless zeros."""
Minor = Annotated[int, Field(ge=0, le=10**12)]
"""Minor units of a currency: 12500 EUR are 125.00."""
PositiveMinor = Annotated[int, Field(ge=1, le=2**53 - 1)]
"""Minor units of the invoice's currency, at least one."""


class Body(BaseModel):
    """Unknown fields are refused: a misspelt one must not be ignored in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReasonedBody(Body):
    """What is kept with its history: `reason` goes into the revision, and not into what is stored."""

    reason: Annotated[Text, Field(min_length=1)] | None = Field(default=None, exclude=True)


class ReasonBody(Body):
    """Why."""

    reason: Annotated[Text, Field(min_length=1)]
