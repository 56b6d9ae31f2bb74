"""A day's settlement as it is shown over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date as date_
from datetime import datetime
from typing import Any, Self, get_args

from pydantic import BaseModel, Field

from contracts.money import Money
from contracts.payments import PaymentMethod
from contracts.values import ActorRef
from payments.domain.settlement.movements import Movement, MovementKind
from payments.domain.settlement.settlement import Comparison, DifferenceReason, Settlement, Sums, receipts, summed


class Total(BaseModel):
    """How many, and how much: less than nothing for what was taken."""

    count: int = Field(description="how many movements")
    amount: Money = Field(description="all of them together")


class SumsView(BaseModel):
    """What moved in one currency. `net` is all of it but the fees, which Stripe keeps of what it pays out."""

    currency: str = Field(description="of all these sums, by ISO 4217")
    received: Total = Field(description="money that came in")
    refunded: Total = Field(description="refunds that went back")
    returned: Total = Field(description="refunds that could not be delivered, and came back")
    disputed: Total = Field(description="what cardholders' banks took back")
    won: Total = Field(description="what came back when a dispute was won")
    reversed: Total = Field(description="transfers that the bank took back, or that were matched wrongly")
    rounded: Total = Field(
        description="what counts and was not paid in cash, since there are no smaller coins; negative where more was"
    )
    fee: Total = Field(description="what Stripe kept")
    net: Money = Field(description="what is left of all of it but the fees")


class MethodView(SumsView):
    """By the way it was paid."""

    method: PaymentMethod = Field(description="how it was paid")


class UserView(SumsView):
    """By who took it, gave it back, or noted it; what Stripe says is of the person who took the payment."""

    user: ActorRef = Field(description="who it was")


class ReceiptsView(BaseModel):
    """The numbers that were drawn; `missing` of those in between were not drawn on this day."""

    count: int = Field(description="how many were drawn on this day")
    first: str | None = Field(description="the lowest number; null on a day without receipts")
    last: str | None = Field(description="the highest number")
    missing: tuple[str, ...] = Field(description="numbers in between that this day does not have")


class LineView(BaseModel):
    """One reason for a difference: `amount` is what the other side has more. `other_id` is its id there."""

    why: DifferenceReason = Field(description="the reason, stable")
    amount: Money = Field(description="what the other side has more; negative where it has less")
    payment_id: str | None = Field(description="our payment, where there is one")
    other_id: str | None = Field(description="its id on the other side: Stripe's, or the bank transaction's")


class ComparisonView(BaseModel):
    """One currency: theirs - ours = difference = the sum of the lines. `explained`: nobody has to look into it."""

    ours: Money = Field(description="what our books say")
    theirs: Money = Field(description="what the other side says")
    difference: Money = Field(description="theirs - ours")
    explained: bool = Field(description="whether nobody has to look into it")
    lines: list[LineView] = Field(description="what the difference is made of")

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        return cls(
            ours=comparison.ours,
            theirs=comparison.theirs,
            difference=comparison.difference,
            explained=comparison.explained,
            lines=[LineView(**{**asdict(line), "amount": line.amount}) for line in comparison.lines],
        )


class SentBackView(BaseModel):
    """A refund by transfer; `bank_transaction_id` is null until a bank statement has it."""

    payment_id: str = Field(description="the payment that was refunded")
    refund_id: str = Field(description="its refund")
    amount: Money = Field(description="how much went back")
    bank_transaction_id: str | None = Field(description="the bank's booking; null until a statement has it")


class SettlementView(BaseModel):
    """A day of a clinic, from `begin` until before `end`.

    `stripe` holds our movements of cards beside Stripe's balance of that day, `fees` the fees that we have beside those
    that Stripe kept (`stripe_fees` in all), as its balance was at `stripe_as_of`: null where it was never read.
    `bank` holds our transfers of that day beside what the bank booked on it; `sent_back` the refunds by transfer that
    were recorded on it, and whether a statement shows that they left.
    """

    clinic_id: str = Field(description="whose day it is")
    date: date_ = Field(description="the day, by the clinic's own calendar")
    time_zone: str = Field(description="of the clinic, by the IANA database")
    begin: datetime = Field(description="the first moment of the day, in UTC")
    end: datetime = Field(description="the first moment of the next one, in UTC")
    by_method: list[MethodView] = Field(description="sums by the way it was paid, and by currency")
    by_user: list[UserView] = Field(description="sums by person, and by currency")
    receipts: ReceiptsView = Field(description="the receipt numbers that were drawn")
    stripe: list[ComparisonView] | None = Field(description="our card movements beside Stripe's balance")
    fees: list[ComparisonView] | None = Field(description="the fees that we have beside those that Stripe kept")
    stripe_fees: tuple[Money, ...] = Field(description="all that Stripe kept, by currency")
    stripe_as_of: datetime | None = Field(description="what Stripe booked at this moment or later is not in it")
    bank: list[ComparisonView] = Field(description="our transfers beside what the bank booked")
    sent_back: list[SentBackView] = Field(description="refunds by transfer that were recorded on this day")

    @classmethod
    def of(cls, report: Settlement) -> Self:
        return cls(
            clinic_id=report.clinic_id,
            date=report.on,
            time_zone=report.time_zone,
            begin=report.begin,
            end=report.end,
            by_method=_by_method(report.moved),
            by_user=_by_user(report.moved),
            receipts=ReceiptsView(**asdict(receipts(report.moved))),
            stripe=_compared(report.stripe),
            fees=_compared(report.fees),
            stripe_fees=report.stripe_fees,
            stripe_as_of=report.stripe_as_of,
            bank=[ComparisonView.of(comparison) for comparison in report.bank],
            sent_back=[SentBackView(**{**asdict(refund), "amount": refund.amount}) for refund in report.sent_back],
        )


def _by_method(moved: Sequence[Movement]) -> list[MethodView]:
    groups = summed(moved, lambda movement: movement.method)
    return [MethodView(method=method, **sums_view(sums)) for (method, _), sums in sorted(groups.items())]


def _by_user(moved: Sequence[Movement]) -> list[UserView]:
    users = {movement.by.actor_id: ActorRef.model_validate(asdict(movement.by)) for movement in moved}
    groups = summed(moved, lambda movement: movement.by.actor_id)
    return [UserView(user=users[actor_id], **sums_view(sums)) for (actor_id, _), sums in sorted(groups.items())]


def _compared(comparisons: Sequence[Comparison] | None) -> list[ComparisonView] | None:
    return None if comparisons is None else [ComparisonView.of(comparison) for comparison in comparisons]


def sums_view(sums: Sums) -> Mapping[str, Any]:
    """The fields of a `SumsView`."""
    totals = {
        kind: Total(count=sums.counts.get(kind, 0), amount=Money(sums.amounts_minor.get(kind, 0), sums.currency))
        for kind in get_args(MovementKind)
    }
    return {**totals, "currency": sums.currency, "net": sums.net}
