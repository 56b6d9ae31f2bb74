"""What the routes of a clinic's settings take and show."""

from dataclasses import asdict
from typing import Annotated, Self

import holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationInfo, field_validator

from contracts.money import Money
from contracts.values import TimeZone
from payments.api.schemas.payments import Reason
from payments.domain.intake.payment_policy import PaymentSettings, Role

_settings = TypeAdapter(PaymentSettings)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _not_negative(amount: Money) -> Money:
    if amount.amount_minor < 0:
        raise ValueError("must not be negative")
    return amount


class RefundLimitBody(_Body):
    """Up to this much of a payment one person of the role gives back alone; above it a second one has to agree."""

    role: Role = "billing_manager"
    amount: Annotated[Money, AfterValidator(_not_negative)]


def _one_each(limits: tuple[RefundLimitBody, ...]) -> tuple[RefundLimitBody, ...]:
    named = [(limit.role, limit.amount.currency) for limit in limits]
    if len(named) != len(set(named)):
        raise ValueError("a role has one limit a currency")
    return limits


def _ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("each is later than the one before")
    return days


class CalendarBody(_Body):
    """Where the clinic is. `country` is ISO 3166-1 alpha-2, `subdivision` the part of ISO 3166-2 after it."""

    time_zone: TimeZone = "UTC"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    subdivision: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")] | None = None

    @field_validator("country")
    @classmethod
    def _has_holidays(cls, country: str | None) -> str | None:
        if country is not None and not _known(country, None):
            raise ValueError("no holidays of this country are known")
        return country

    @field_validator("subdivision")
    @classmethod
    def _is_of_the_country(cls, subdivision: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")
        if subdivision is not None and (country is None or not _known(country, subdivision)):
            raise ValueError("is not a subdivision of the country")
        return subdivision


def _known(country: str, subdivision: str | None) -> bool:
    try:
        holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError:
        return False
    return True


class SettingsBody(_Body):
    """All of them: what is left out is the default. `reason` goes into the revision, and not into what is stored.

    `retry_days`: how many days after the due date a card on file that was declined is charged again.
    """

    refund_limits: Annotated[tuple[RefundLimitBody, ...], Field(max_length=20), AfterValidator(_one_each)] = ()
    calendar: CalendarBody = CalendarBody()
    retry_days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=90)], ...], Field(max_length=10), AfterValidator(_ascending)
    ] = PaymentSettings("").retry_days
    reason: Reason | None = Field(default=None, exclude=True)

    def settings(self, clinic_id: str) -> PaymentSettings:
        """The domain's; their version is set when they are stored."""
        return _settings.validate_python({**self.model_dump(), "clinic_id": clinic_id})


class SettingsView(SettingsBody):
    """As they hold; version 0 are the defaults, where nobody set any."""

    clinic_id: str
    version: int

    @classmethod
    def of(cls, settings: PaymentSettings) -> Self:
        return cls.model_validate(asdict(settings))
