"""A clinic's journal as it is shown over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date as date_
from datetime import datetime
from datetime import time as time_
from typing import Self

from pydantic import BaseModel, Field

from contracts.money import Money
from contracts.payments import PaymentMethod
from contracts.values import ActorRef
from payments.api.schemas.settlement import SumsView, sums_view
from payments.domain.accounting.day_sheet import DaySums, Entry
from payments.domain.settlement.movements import MovementKind


class EntryView(BaseModel):
    """One movement: what it added to the clinic's money, less than nothing for what it took."""

    date: date_ = Field(description="the day, by the clinic's own calendar")
    time: time_ = Field(description="the time of the clinic's clocks")
    at: datetime = Field(description="the same moment, in UTC")
    user: ActorRef = Field(description="who caused it; what Stripe says is of the person who took the payment")
    kind: MovementKind = Field(description="what moved")
    method: PaymentMethod = Field(description="how it was paid")
    amount: Money = Field(description="what it added")
    payment_id: str = Field(description="the payment")
    receipt_number: str | None = Field(description="the receipt that was drawn; null for none")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        moved = entry.moved
        return cls(
            date=entry.on,
            time=entry.clock.replace(microsecond=0),
            at=moved.at,
            user=ActorRef.model_validate(asdict(moved.by)),
            kind=moved.kind,
            method=moved.method,
            amount=moved.amount,
            payment_id=moved.payment_id,
            receipt_number=moved.receipt_number,
        )


class DayView(SumsView):
    """What one person caused on one day, in one currency."""

    date: date_ = Field(description="the day, by the clinic's own calendar")
    user: ActorRef = Field(description="who it was")


class JournalView(BaseModel):
    """By day, by person, by time. The sums of a day are those of its settlement."""

    clinic_id: str = Field(description="whose journal it is")
    time_zone: str = Field(description="of the clinic, by the IANA database")
    days: list[DayView] = Field(description="sums by day and person, and by currency")
    entries: list[EntryView] = Field(description="each movement")

    @classmethod
    def of(cls, clinic_id: str, time_zone: str, entries: Sequence[Entry], sums: Sequence[DaySums]) -> Self:
        users = {entry.moved.by.actor_id: ActorRef.model_validate(asdict(entry.moved.by)) for entry in entries}
        days = [DayView(date=one.on, user=users[one.actor_id], **sums_view(one.sums)) for one in sums]
        return cls(
            clinic_id=clinic_id, time_zone=time_zone, days=days, entries=[EntryView.of(entry) for entry in entries]
        )
