"""What several bodies are made of."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Text

Json = dict[str, Any]
REASON_EXAMPLE: Json = {"reason": "seen with the dentist"}


def example(body: Json) -> ConfigDict:
    """For a model's `model_config`: the example that the API's description shows. A test validates each."""
    return ConfigDict(json_schema_extra={"examples": [body]})


Reason = Annotated[Text, Field(min_length=1)]
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
