"""What the bodies of requests are made of. Unknown fields are refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cash_register.domain.days.cash import Denomination

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
CoinValue = Annotated[int, Field(gt=0, lt=2**31)]
"""Of one coin or note, in minor units."""


class RequestBody(BaseModel):
    """What every body of a request has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DenominationBody(RequestBody):
    """Coins or notes of one value."""

    value_minor: CoinValue = Field(description="of one coin or note, in minor units")
    count: Annotated[int, Field(ge=0, lt=2**31)] = Field(description="how many there are")

    def denomination(self) -> Denomination:
        return Denomination(self.value_minor, self.count)


Denominations = Annotated[tuple[DenominationBody, ...], Field(max_length=100)]
