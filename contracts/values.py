"""The base of everything on the wire, and the strings it is made of."""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from kernel.money import scaled

Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Text = Annotated[str, StringConstraints(max_length=1000)]
LANGUAGE = "[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}"
"""The part of BCP 47 that says in which language and where: de, pt-BR, zh-Hant-TW."""
LanguageTag = Annotated[str, StringConstraints(pattern=f"^{LANGUAGE}$")]


def _not_negative(value: str) -> str:
    if scaled(value)[0] < 0:
        raise ValueError("must not be negative")
    return value


def _positive(value: str) -> str:
    if scaled(value)[0] <= 0:
        raise ValueError("must be greater than zero")
    return value


@cache
def _zones() -> frozenset[str]:
    """To find them means to walk through hundreds of files."""
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("is not a time zone of the IANA database")
    return name


TimeZone = Annotated[Text, AfterValidator(_zone)]
_Decimal = Annotated[str, StringConstraints(max_length=20, pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$")]
Quantity = Annotated[_Decimal, AfterValidator(_positive)]
Rate = Annotated[_Decimal, AfterValidator(_not_negative)]


def _shortest(rate: str) -> str:
    whole, _, fraction = rate.partition(".")
    fraction = fraction.rstrip("0")
    return f"{int(whole)}.{fraction}" if fraction else str(int(whole))


MOST_FACTOR = 100


def _factor(value: str) -> str:
    number, scale = scaled(value)
    if number > MOST_FACTOR * scale:
        raise ValueError(f"must be at most {MOST_FACTOR}")
    return value


Factor = Annotated[Quantity, AfterValidator(_factor)]
"""What a fee is multiplied by, as a fee schedule allows it (section 5 GOZ: 1 to 3.5)."""
ShortRate = Annotated[Rate, AfterValidator(_shortest)]
"""Per cent, without needless zeros: so that the same rate is one group of the VAT breakdown."""
Minor = Annotated[int, Field(ge=0, le=10**12)]
"""Minor units of a currency: 12500 EUR are 125.00."""
# The database keeps times in UTC: at the ends of the calendar the change of zone would leave it.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
Time = Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)]

MAX_INTEGER = 2**53 - 1
"""What every JSON reader keeps exactly (RFC 8259, section 6), and the database holds."""


class Value(BaseModel):
    """A frozen value. Unknown fields are ignored: a newer writer must not break an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Address(Value):
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    lines: tuple[Text, ...] = Field(
        default=(), description="street, house and whatever else stands above the city (BT-35, BT-50)"
    )
    postal_code: Text | None = Field(default=None, description="post code (BT-38, BT-53)")
    city: Text | None = Field(default=None, description="city (BT-37, BT-52)")
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="ISO 3166-1 alpha-2 code (BT-40, BT-55)"
    )


class ActorRef(Value):
    """Who did it: a person's token subject, or "system" with the source of the cause."""

    actor_id: Text = Field(description="the subject of the token, or the source of the cause")
    name: Text | None = Field(default=None, description="the name in the token; null for the system")
    role: Text = Field(description="the role under which they acted, or `system`")


ExemptionCode = Annotated[str, StringConstraints(max_length=40, pattern=r"^VATEX-[A-Z0-9]{2}[A-Z0-9-]*$")]
"""Of the CEF's VATEX list: `VATEX-EU-132-1C` is medical care by the medical professions (2006/112/EC)."""
Npi = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
"""US National Provider Identifier, of a person or of an organization (45 CFR 162.406)."""
ChangedBy = Annotated[ActorRef, Field(description="who made the change: a person by their token, or `system`")]
ChangedAt = Annotated[Time, Field(description="when this change happened")]
Version = Annotated[int, Field(description="one more with each change, from 1")]
ApprovedBy = Annotated[ActorRef | None, Field(description="the second person")]
ApprovedAt = Annotated[Time | None, Field(description="when the second person approved")]
Area = Annotated[Text | None, Field(description="quadrant, arch or other area")]


def rfc3339(moment: datetime) -> str:
    """An aware time as RFC 3339; UTC is written as Z."""
    return moment.isoformat().replace("+00:00", "Z")
