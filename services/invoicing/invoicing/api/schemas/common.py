"""What several bodies are made of."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.values import Rate, Text

Json = dict[str, Any]
REASON_EXAMPLE: Json = {"reason": "seen with the dentist"}


def shortest(rate: str) -> str:
    """The same rate is always written in the same way, so that it is one group of the VAT breakdown."""
    whole, _, fraction = rate.partition(".")
    fraction = fraction.rstrip("0")
    return f"{int(whole)}.{fraction}" if fraction else str(int(whole))


def example(body: Json) -> ConfigDict:
    """For a model's `model_config`: the example that the API's description shows. A test validates each."""
    return ConfigDict(json_schema_extra={"examples": [body]})


Reason = Annotated[Text, Field(min_length=1)]
ShortRate = Annotated[Rate, AfterValidator(shortest)]
"""Per cent, without needless zeros."""
Minor = Annotated[int, Field(ge=0, le=10**12)]
"""Minor units of a currency: 12500 EUR are 125.00."""
PositiveMinor = Annotated[int, Field(ge=1, le=2**53 - 1)]
"""Minor units of the invoice's currency, at least one."""


class Body(BaseModel):
    """Unknown fields are refused: a misspelt one must not be ignored in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReasonedBody(Body):
    """A change that may say why: `reason` goes into the revision, and not into what is stored."""

    model_config = example(REASON_EXAMPLE)

    reason: Reason | None = Field(default=None, exclude=True, description="why; kept with the revision")


class ReasonBody(Body):
    """A change that has to say why."""

    model_config = example({"reason": "agreed with the patient on the phone"})

    reason: Reason = Field(description="why; kept with the revision")
