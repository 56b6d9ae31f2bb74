"""Days and movements over HTTP. Money is in minor units of the day's one currency."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from cash_register.api.schemas.examples import EUR_55, EUR_200, MOVEMENT, OPEN_DAY
from cash_register.api.schemas.values import DenominationBody, Reason, RequestBody
from cash_register.domain.days.cash import Cash, Count, DeskMovementKind
from cash_register.domain.days.day import Day
from chassis.database.paging import Page
from contracts.cash_register import Movement, RegisterDay
from contracts.money import CurrencyInUse, Money
from contracts.values import Id


class OpenDayBody(RequestBody):
    """A day to open, with the float that was counted into the drawer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"clinic_id": "clinic-berlin", "date": "2026-11-23", "currency": "EUR", "opening": EUR_200},
            ]
        }
    )

    clinic_id: Id = Field(description="the clinic that the register is in")
    date: Annotated[date, Field(description="the clinic's local date")]
    currency: CurrencyInUse = Field(description="ISO 4217: the only one that this day takes")
    opening: Money = Field(description="the float, in the day's currency")


class MovementBody(RequestBody):
    """Cash that is put into the drawer or taken out of it at the desk."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "pay_in", "amount": EUR_55, "reason": "change fetched from the bank"}]}
    )

    kind: DeskMovementKind = Field(description="into (`pay_in`) or out of (`pay_out`) the drawer")
    amount: Money = Field(description="positive, whichever way it goes")
    reason: Reason = Field(description="what it is for")


class CloseBody(RequestBody):
    """What was counted in the drawer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "counted": {"amount_minor": 25_480, "currency": "EUR"},
                    "denominations": [{"value_minor": 5_000, "count": 5}, {"value_minor": 20, "count": 24}],
                    "reason": "20 cents are missing",
                }
            ]
        }
    )

    counted: Money = Field(description="all that is in the drawer, in the day's currency")
    denominations: Annotated[tuple[DenominationBody, ...], Field(max_length=100)] = Field(
        default=(), description="coin by coin, where it was counted so: adds up to `counted`"
    )
    reason: Reason | None = Field(default=None, description="required when `counted` is not what is expected")

    def count(self) -> Count:
        """Raises BusinessError when the denominations are not the total, or no drawer holds it."""
        return Count(self.counted, tuple(body.denomination() for body in self.denominations))


class DenominationView(BaseModel):
    """Coins or notes of one value."""

    value_minor: int = Field(description="of one coin or note, in minor units")
    count: int = Field(description="how many there are")


class DayView(RegisterDay):
    """The day, as the topic has it, and how the drawer was counted."""

    model_config = ConfigDict(json_schema_extra={"examples": [OPEN_DAY]})

    denominations: tuple[DenominationView, ...] = Field(default=(), description="the count, coin by coin")

    @classmethod
    def of(cls, day: Day) -> Self:
        return cls.model_validate(day, from_attributes=True)


class DayWithMovement(DayView):
    """The day after the movement."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**OPEN_DAY, "movement": MOVEMENT}]})

    movement: Movement = Field(description="what was booked")


class DayWithMovements(DayView):
    """The day and a page of what moved, in the order of the books."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**OPEN_DAY, "movements": {"items": [MOVEMENT], "next_cursor": None}}]}
    )

    movements: Page[Movement] = Field(description="in the order of the books")


def movement_view(cash: Cash) -> Movement:
    """Cash as the topic has it, on the books of a day or waiting for one."""
    return Movement.model_validate(cash, from_attributes=True)
