"""What a clinic decides about its payments: refund limits, its calendar, and when a declined card is tried again."""

from dataclasses import asdict
from typing import Annotated, Self

import holidays
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationInfo, field_validator

from contracts.money import Money, MoneyInUse
from contracts.values import TimeZone
from payments.api.examples.payment_policy import SETTINGS_REQUEST, SETTINGS_SHOWN
from payments.api.schemas.values import Reason, RequestBody
from payments.domain.intake.payment_policy import PaymentSettings, Role

_settings = TypeAdapter(PaymentSettings)


def _not_negative(amount: Money) -> Money:
    if amount.amount_minor < 0:
        raise ValueError("must not be negative")
    return amount


class RefundLimitBody(RequestBody):
    """Up to this much of a payment one person of the role gives back alone; above it a second one has to agree."""

    role: Role = Field(default="billing_manager", description="whose limit it is")
    amount: Annotated[MoneyInUse, AfterValidator(_not_negative)] = Field(
        description="of one payment in all; a role has one limit a currency"
    )


class RefundLimitView(RefundLimitBody):
    """A limit as stored, also in a currency that was withdrawn since."""

    amount: Money = Field(description="of one payment in all; a role has one limit a currency")


def _one_each(limits: tuple[RefundLimitBody, ...]) -> tuple[RefundLimitBody, ...]:
    named = [(limit.role, limit.amount.currency) for limit in limits]
    if len(named) != len(set(named)):
        raise ValueError("a role has one limit a currency")
    return limits


def _ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("each is later than the one before")
    return days


class CalendarBody(RequestBody):
    """Where the clinic is. `country` is ISO 3166-1 alpha-2, `subdivision` the part of ISO 3166-2 after it."""

    time_zone: TimeZone = Field(default="UTC", description="of the IANA database: when the clinic's days begin")
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="whose holidays are no working days; without one no day is a holiday"
    )
    subdivision: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")] | None = Field(
        default=None, description="part of the country with holidays of its own: `BE` of `DE-BE`"
    )

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


class SettingsBody(RequestBody):
    """All of them: what is left out is the default. `reason` goes into the revision, and not into what is stored.

    `retry_days`: how many days after the due date a card on file that was declined is charged again.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [SETTINGS_REQUEST]})

    refund_limits: Annotated[tuple[RefundLimitBody, ...], Field(max_length=20), AfterValidator(_one_each)] = Field(
        default=(), description="above them a refund waits for a second person; without any it never waits"
    )
    calendar: CalendarBody = Field(default=CalendarBody(), description="where the clinic is")
    retry_days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=90)], ...], Field(max_length=10), AfterValidator(_ascending)
    ] = Field(
        default=PaymentSettings("").retry_days,
        description="days after the due date on which a declined card is tried again, ascending",
    )
    reason: Reason | None = Field(default=None, exclude=True, description="why; it stands in the history")

    def settings(self, clinic_id: str) -> PaymentSettings:
        """The domain's; their version is set when they are stored."""
        return _settings.validate_python({**self.model_dump(), "clinic_id": clinic_id})


class SettingsView(SettingsBody):
    """As they hold; version 0 are the defaults, where nobody set any."""

    model_config = ConfigDict(json_schema_extra={"examples": [SETTINGS_SHOWN]})

    refund_limits: Annotated[tuple[RefundLimitView, ...], Field(max_length=20)] = Field(
        default=(), description="above them a refund waits for a second person; without any it never waits"
    )
    clinic_id: str = Field(description="whose they are")
    version: int = Field(description="counts the changes; 0: the defaults, where nobody set any")

    @classmethod
    def of(cls, settings: PaymentSettings) -> Self:
        return cls.model_validate(asdict(settings))
