"""Days and movements over HTTP. Money is in minor units of the day's one currency."""

from datetime import date
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from cash_register.api.schemas.examples import APPROVAL_BODY, EUR_55, EUR_200, MOVEMENT, OPEN_DAY
from cash_register.api.schemas.values import Denominations, Name, Reason, RequestBody
from cash_register.domain.days.cash import Cash, Count, DeskMovementKind, Voucher
from cash_register.domain.days.categories import DeskCategory
from cash_register.domain.days.day import Day
from cash_register.domain.days.local_time import LocalTime
from chassis.database.paging import Page
from contracts.cash_register import DayInTheBooks, DenominationView, Handover, Movement
from contracts.money import CurrencyInUse, Money
from contracts.values import Id, ShortRate
from kernel import money as kernel


class OpenDayBody(RequestBody):
    """A day to open, with the float that is in the drawer: counted in all, coin by coin, or both."""

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
    opening: Money | None = Field(
        default=None, description="the float, in the day's currency; left out: what `denominations` add up to"
    )
    denominations: Denominations = Field(
        default=(), description="coin by coin, where it was counted so: adds up to `opening`"
    )
    reason: Reason | None = Field(
        default=None, description="required when the float is not what the last close left in the drawer"
    )

    @model_validator(mode="after")
    def _is_counted(self) -> Self:
        if self.opening is None and not self.denominations:
            raise ValueError("an `opening` or its `denominations`")
        return self

    def count(self) -> Count:
        """Raises BusinessError when the denominations are not the total, or no drawer holds it."""
        coins = tuple(body.denomination() for body in self.denominations)
        found_minor = sum(coin.value_minor * coin.count for coin in coins)
        total = kernel.Money(found_minor, self.currency) if self.opening is None else self.opening
        return Count(total, coins, "/opening/amount_minor")


class HandoverBody(RequestBody):
    """What was counted in the drawer before the next person takes it over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"counted": {"amount_minor": 25_500, "currency": "EUR"}, "taken_over_by": "usr-5"}]
        }
    )

    counted: Money = Field(description="all that is in the drawer, in the day's currency")
    denominations: Denominations = Field(
        default=(), description="coin by coin, where it was counted so: adds up to `counted`"
    )
    taken_over_by: Id | None = Field(default=None, description="the next person, by the subject of their token")
    reason: Reason | None = Field(default=None, description="required when `counted` is not what is expected")

    def count(self) -> Count:
        """Raises BusinessError when the denominations are not the total, or no drawer holds it."""
        return Count(self.counted, tuple(body.denomination() for body in self.denominations))


class VoucherBody(RequestBody):
    """What a purchase is booked by."""

    vat_rate: ShortRate = Field(description="VAT that is in the amount, in per cent", examples=["19"])
    number: Name = Field(description="number of the receipt for it", examples=["B-2026-17"])

    def voucher(self) -> Voucher:
        return Voucher(self.vat_rate, self.number)


class MovementBody(RequestBody):
    """Cash that is put into the drawer or taken out of it at the desk."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "pay_in", "amount": EUR_55, "reason": "change fetched from the bank"}]}
    )

    kind: DeskMovementKind = Field(description="into (`pay_in`) or out of (`pay_out`) the drawer")
    category: DeskCategory = Field(default="other", description="the business case: some go only one way")
    amount: Money = Field(description="positive, whichever way it goes")
    voucher: VoucherBody | None = Field(default=None, description="of a purchase, which has to have one")
    vat_rate: ShortRate | None = Field(
        default=None,
        description="of a tip that the clinic keeps: the VAT that is in it, in per cent, that of what it was for; null "
        "for one of those who work there",
    )
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
    denominations: Denominations = Field(
        default=(), description="coin by coin, where it was counted so: adds up to `counted`"
    )
    deposit: Money | None = Field(
        default=None, description="what of it goes to the bank; the rest stays as the next day's float"
    )
    reason: Reason | None = Field(default=None, description="required when `counted` is not what is expected")

    def count(self) -> Count:
        """Raises BusinessError when the denominations are not the total, or no drawer holds it."""
        return Count(self.counted, tuple(body.denomination() for body in self.denominations))


class ApprovalBody(RequestBody):
    """Why a second person agrees to a variance."""

    model_config = ConfigDict(json_schema_extra={"examples": [APPROVAL_BODY]})

    reason: Reason = Field(description="why; it is kept in the history of the day")


class CounterEntryBody(RequestBody):
    """Why the movement is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "typed twice"}]})

    reason: Reason = Field(description="why it is taken back")


class CancelBody(RequestBody):
    """Why the day should not have been opened."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "meant the other register"}]})

    reason: Reason = Field(description="why it is cancelled")


class HandoverView(Handover):
    """A handover, and how the drawer was counted."""

    denominations: tuple[DenominationView, ...] = Field(default=(), description="the count, coin by coin")


class DayView(DayInTheBooks):
    """The day, as the topic has it, how the drawer was counted, and whether somebody should look at it.

    Who counts does not see of an open day what should be in its drawer.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [OPEN_DAY]})

    cash_in: Money | None = Field(
        default=None,
        description="cash payments and pay-ins together; null while the day is open, for who runs the drawer",
    )
    cash_out: Money | None = Field(
        default=None, description="refunds and pay-outs together, as a positive amount; null as `cash_in`"
    )
    expected: Money | None = Field(default=None, description="opening + cash_in - cash_out; null as `cash_in`")
    handovers: tuple[HandoverView, ...] = Field(default=(), description="counts between two people, in their order")
    opening_denominations: tuple[DenominationView, ...] = Field(default=(), description="the float, coin by coin")
    long: bool = Field(default=False, description="true when the day has been open for more than 24 hours")
    forgotten: bool = Field(default=False, description="true when the day is open although its date is over")

    @classmethod
    def of(cls, day: Day, now: LocalTime, *, blind: bool) -> Self:
        """As it is at that moment; `blind` to what is expected while it is open."""
        shown = cls.model_validate(day, from_attributes=True)
        looked_at: dict[str, object] = {"long": day.is_long(now.at), "forgotten": day.is_forgotten(now)}
        hidden = dict.fromkeys(("cash_in", "cash_out", "expected")) if blind and day.status == "open" else {}
        return shown.model_copy(update=looked_at | hidden)


class DayWithMovement(DayView):
    """The day after the movement."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**OPEN_DAY, "movement": MOVEMENT}]})

    movement: Movement = Field(description="what was booked")


class DayChangeView(DayView):
    """The day after a change, and the movement that made it; null for a change that none made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**OPEN_DAY, "movement": MOVEMENT}]})

    movement: Movement | None = Field(description="what was booked")


class DayWithMovements(DayView):
    """The day and a page of what moved, in the order of the books."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**OPEN_DAY, "movements": {"items": [MOVEMENT], "next_cursor": None}}]}
    )

    movements: Page[Movement] = Field(description="in the order of the books")


def movement_view(cash: Cash) -> Movement:
    """Cash as the topic has it, on the books of a day or waiting for one."""
    return Movement.model_validate(cash, from_attributes=True)
