"""X and Z reports over HTTP."""

import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from cash_register.api.schemas.examples import X_REPORT, Z_REPORT
from cash_register.domain.days.day import Day
from cash_register.domain.days.totals import ZReport
from cash_register.usecases.days.show_reports import XReport
from contracts.cash_register import Handover, Totals
from contracts.money import Currency, Money
from contracts.values import ActorRef, ApprovedBy, Id, Text, Time


class _OfDay(BaseModel):
    """What both reports say of the day."""

    day_id: Id = Field(description="derived from clinic, register and date")
    clinic_id: Id = Field(description="the clinic whose drawer it is")
    register_id: Id = Field(description="the clinic's own name of the register")
    date: Annotated[datetime.date, Field(description="the clinic's local date")]
    currency: Currency = Field(description="ISO 4217 code of all amounts")
    opened_at: Time = Field(description="when the float was counted")
    opened_by: ActorRef | None = Field(description="who counted it; null on days from before that was kept")
    opening: Money = Field(description="what the last close left in the drawer")
    opening_variance: Money = Field(description="what was found of it, less that; a movement as well")
    expected: Money = Field(description="the opening and all that moved")
    movement_count: int = Field(description="how many movements the day has")
    late_count: int = Field(description="how many of them moved before the day was opened")
    handovers: tuple[Handover, ...] = Field(description="counts between two people")


class XReportView(_OfDay):
    """An open day as it stands: nothing is kept of it, and it has no number."""

    model_config = ConfigDict(json_schema_extra={"examples": [X_REPORT]})

    at: Time = Field(description="when it was looked at")
    totals: Totals = Field(description="what moved so far")
    grand_total: Money = Field(
        description="turnover of the register since its first Z report, as if it were closed now"
    )

    @classmethod
    def of(cls, report: XReport, at: datetime.datetime) -> Self:
        """At that moment."""
        day = _OfDay.model_validate(report.day, from_attributes=True)
        totals = Totals.model_validate(report.totals, from_attributes=True)
        return cls(**dict(day), at=at, totals=totals, grand_total=report.grand_total)


class _Closed(_OfDay):
    counted: Money = Field(description="what was in the drawer")
    variance: Money = Field(description="counted - expected")
    variance_reason: Text | None = Field(description="how the cashier explains it")
    deposit: Money | None = Field(description="what of the count went to the bank; null for nothing")
    left: Money = Field(description="what stayed as the next day's float")
    closed_at: Time = Field(description="when the drawer was counted")
    closed_by: ActorRef = Field(description="who counted it")
    closed_late: bool = Field(description="true when the day's date was over")
    awaiting_approval: bool = Field(description="true while a second person has to agree to a variance")
    approved_at: Time | None = Field(description="when they agreed to that of the close")
    approved_by: ApprovedBy


class ZReportView(_Closed):
    """What a day was closed with."""

    model_config = ConfigDict(json_schema_extra={"examples": [Z_REPORT]})

    number: int = Field(description="from 1, without gaps on a register")
    totals: Totals = Field(description="what moved on the day")
    grand_total: Money = Field(description="turnover of the register in this currency since its first Z report")

    @classmethod
    def of(cls, day: Day, report: ZReport) -> Self:
        closed = _Closed.model_validate(day, from_attributes=True)
        totals = Totals.model_validate(report.totals, from_attributes=True)
        return cls(**dict(closed), number=report.number, totals=totals, grand_total=report.grand_total)
