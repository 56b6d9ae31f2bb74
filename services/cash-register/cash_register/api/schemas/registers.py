"""Registers over HTTP: what the clinic decided about them, and the day that is open."""

import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from cash_register.api.schemas.examples import REGISTER, REGISTER_BODY
from cash_register.api.schemas.values import CoinValue, Name, Reason, RequestBody
from cash_register.domain.days.day import Day
from cash_register.domain.days.local_time import LocalTime
from cash_register.domain.registers.denominations import legal_tender
from cash_register.domain.registers.settings import RegisterSettings
from cash_register.usecases.registers.show_registers import RegisterShown
from contracts.money import Currency, CurrencyInUse, Money, MoneyInUse
from contracts.values import ActorRef, Id, Text, Time


class RegisterBody(RequestBody):
    """A register's settings, whole: what is left out becomes the default."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTER_BODY]})

    name: Name = Field(description="what people call it")
    currency: CurrencyInUse = Field(description="ISO 4217: of every day that is opened from now on")
    tolerance: MoneyInUse | None = Field(
        default=None, description="what a count may differ by without a second person; left out: nothing"
    )
    most_cash: MoneyInUse | None = Field(
        default=None, description="what the drawer should hold at most: above it a day says `deposit_due`"
    )
    denominations: Annotated[tuple[CoinValue, ...], Field(max_length=100)] = Field(
        default=(), description="the coins and notes that it counts, in minor units; left out: the currency's"
    )
    operators: Annotated[tuple[Id, ...], Field(max_length=500)] = Field(
        default=(),
        description="who runs it beside the billing managers, by the subject of their token; left out: the whole desk",
    )
    reason: Reason | None = Field(default=None, description="why it is changed")

    def settings(self, clinic_id: str, register_id: str) -> RegisterSettings:
        """As the domain has them, before they have a version."""
        return RegisterSettings(
            clinic_id=clinic_id,
            register_id=register_id,
            name=self.name,
            currency=self.currency,
            tolerance=self.tolerance,
            most_cash=self.most_cash,
            denominations=tuple(sorted(set(self.denominations))),
            operators=tuple(sorted(set(self.operators))),
        )


class OpenDayView(BaseModel):
    """The day that is open on a register."""

    day_id: Id = Field(description="derived from clinic, register and date")
    date: Annotated[datetime.date, Field(description="the clinic's local date")]
    currency: Currency = Field(description="ISO 4217 code of all cash of the day")
    opened_at: Time = Field(description="when the float was counted")
    long: bool = Field(default=False, description="true when the day has been open for more than 24 hours")
    forgotten: bool = Field(default=False, description="true when the day is open although its date is over")

    @classmethod
    def of(cls, day: Day, now: LocalTime) -> Self:
        """As it is at that moment."""
        shown = cls.model_validate(day, from_attributes=True)
        return shown.model_copy(update={"long": day.is_long(now.at), "forgotten": day.is_forgotten(now)})


class RegisterView(BaseModel):
    """A register with its settings, and the day that is open."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTER]})

    clinic_id: Id = Field(description="the clinic whose drawer it is")
    register_id: Id = Field(description="the clinic's own name of the register")
    version: int = Field(description="of the settings, from 1; 0 for a register that nobody configured")
    name: Text = Field(description="what people call it; its id where nobody said")
    currency: Currency | None = Field(description="ISO 4217; null: as each day is opened")
    tolerance: Money | None = Field(description="what a count may differ by without a second person; null: nothing")
    most_cash: Money | None = Field(description="what the drawer should hold at most; null: nobody said")
    denominations: tuple[int, ...] = Field(
        description="the coins and notes that it counts, in minor units; none: whatever is counted"
    )
    operators: tuple[Id, ...] = Field(description="who runs it beside the billing managers; none: the whole desk")
    open_day: OpenDayView | None = Field(description="null while no day is open")
    changed_at: Time | None = Field(description="when the settings were changed last")
    changed_by: ActorRef | None = Field(description="who changed them")

    @classmethod
    def of(cls, shown: RegisterShown, now: LocalTime) -> Self:
        """As it is at that moment."""
        settings, day = shown.settings, shown.day
        by = settings.changed_by
        return cls(
            clinic_id=settings.clinic_id,
            register_id=settings.register_id,
            version=settings.version,
            name=settings.name or settings.register_id,
            currency=settings.currency,
            tolerance=settings.tolerance,
            most_cash=settings.most_cash,
            denominations=settings.denominations or legal_tender(settings.currency or ""),
            operators=settings.operators,
            open_day=None if day is None else OpenDayView.of(day, now),
            changed_at=settings.changed_at,
            changed_by=None if by is None else ActorRef.model_validate(by, from_attributes=True),
        )
