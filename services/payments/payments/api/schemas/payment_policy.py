"""What a clinic decides about its payments: refund limits, its calendar, and when a declined card is tried again."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationInfo, field_validator

from contracts.money import Money, MoneyInUse
from contracts.values import Text, TimeZone
from payments.adapters.calendar import holiday_sets
from payments.api.examples.payment_policy import SETTINGS_REQUEST, SETTINGS_SHOWN
from payments.api.schemas.accounting import AccountingBody
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


def _day(text: str) -> str:
    """A date of ISO 8601, or its month and day alone; 29 February is one of each year that has it."""
    try:
        date.fromisoformat(text if len(text) > len("12-24") else f"2024-{text}")
    except ValueError:
        raise ValueError("is no date, as 2026-12-24, and no day of each year, as 12-24") from None
    return text


OwnDay = Annotated[str, Field(pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]


class CalendarBody(RequestBody):
    """Where the clinic is. `country` is ISO 3166-1 alpha-2, `subdivision` the part of ISO 3166-2 after it."""

    time_zone: TimeZone = Field(
        default="UTC",
        description="of the IANA database: when the clinic's days begin; told in its profile in invoicing: left out "
        "here, it is that one, and the default only holds until it is heard",
    )
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="whose holidays are no working days; without one no day is a holiday"
    )
    subdivision: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")] | None = Field(
        default=None, description="part of the country with holidays of its own: `BE` of `DE-BE`"
    )
    sets: Annotated[tuple[Text, ...], Field(max_length=10)] = Field(
        default=(),
        description="sets of holidays that only some of the place have, beside the public ones: `catholic` is "
        "15 August in Catholic parts of Bavaria",
        examples=[["catholic"]],
    )
    own_days: Annotated[tuple[OwnDay, ...], Field(max_length=400)] = Field(
        default=(),
        description="days on which this clinic does not work either: `2026-12-24`, or each year `12-24`",
        examples=[["12-24", "2026-10-30"]],
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

    @field_validator("sets")
    @classmethod
    def _are_of_the_place(cls, sets: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        country = info.data.get("country")
        there_are = holiday_sets(country, info.data.get("subdivision")) if country else frozenset()
        if not there_are.issuperset(sets):
            raise ValueError(f"the place has these sets of holidays: {', '.join(sorted(there_are)) or 'none'}")
        return tuple(sorted(set(sets)))


def _known(country: str, subdivision: str | None) -> bool:
    try:
        holiday_sets(country, subdivision)
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
    calendar: CalendarBody = Field(
        default=CalendarBody(),
        description="where the clinic is",
        # Its other fields have defaults of their own, and are said there.
        json_schema_extra={"default": {"time_zone": "UTC"}},
    )
    retry_days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=90)], ...], Field(max_length=10), AfterValidator(_ascending)
    ] = Field(
        default=PaymentSettings("").retry_days,
        description="days after the due date on which a declined card is tried again, ascending",
    )
    accounting: AccountingBody = Field(
        default=AccountingBody(), description="the accounts that exports for a bookkeeper go by"
    )
    round_euro_cash: bool = Field(
        default=False,
        description="whether euros that are paid in cash are rounded to 5 cents, as in the Netherlands, Belgium, "
        "Finland, Ireland, Italy and Slovakia; currencies without small coins are in any case",
    )
    reason: Reason | None = Field(default=None, exclude=True, description="why; it stands in the history")

    @property
    def time_zone(self) -> str | None:
        """What the caller says; None where they leave it out."""
        return self.calendar.time_zone if "time_zone" in self.calendar.model_fields_set else None

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
