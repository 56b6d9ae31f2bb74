"""What the bodies of requests are made of. Unknown fields are refused: no card number is ever taken in by mistake."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, HttpUrl, StringConstraints, TypeAdapter

Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

_web_address = TypeAdapter(HttpUrl)


def _checked(address: str) -> str:
    """As it was written: Stripe fills in its `{CHECKOUT_SESSION_ID}`."""
    _web_address.validate_python(address)
    return address


WebAddress = Annotated[str, StringConstraints(min_length=1, max_length=2_000), AfterValidator(_checked)]


class RequestBody(BaseModel):
    """What every body of a request has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)
