"""What a day's settlement shows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Self, get_args

from pydantic import BaseModel

from contracts.money import Money
from contracts.payments import PaymentMethod
from contracts.values import ActorRef
from payments.domain.settlement.movements import Movement, MovementKind
from payments.domain.settlement.settlement import Comparison, DifferenceReason, Settlement, Sums, receipts, summed


class Total(BaseModel):
    """How many, and how much: less than nothing for what was taken."""

    count: int
    amount: Money


class SumsView(BaseModel):
    """What moved in one currency. `net` is all of it but the fees, which Stripe keeps of what it pays out."""

    currency: str
    received: Total
    refunded: Total
    returned: Total
    disputed: Total
    won: Total
    reversed: Total
    fee: Total
    net: Money


class MethodView(SumsView):
    """By the way it was paid."""

    method: PaymentMethod


class UserView(SumsView):
    """By who took it, gave it back, or noted it; what Stripe says is of the person who took the payment."""

    user: ActorRef


class ReceiptsView(BaseModel):
    """The numbers that were drawn; `missing` of those in between were not drawn on this day."""

    count: int
    first: str | None
    last: str | None
    missing: tuple[str, ...]


class LineView(BaseModel):
    """One reason for a difference: `amount` is what the other side has more. `other_id` is its id there."""

    why: DifferenceReason
    amount: Money
    payment_id: str | None
    other_id: str | None


class ComparisonView(BaseModel):
    """One currency: theirs - ours = difference = the sum of the lines. `explained`: nobody has to look into it."""

    ours: Money
    theirs: Money
    difference: Money
    explained: bool
    lines: list[LineView]

    @classmethod
    def of(cls, one: Comparison) -> Self:
        lines = [LineView(**{**asdict(line), "amount": line.amount}) for line in one.lines]
        return cls(
            ours=one.ours, theirs=one.theirs, difference=one.difference, explained=one.explained, lines=lines
        )  # fmt: skip


class SentBackView(BaseModel):
    """A refund by transfer; `bank_transaction_id` is null until a bank statement has it."""

    payment_id: str
    refund_id: str
    amount: Money
    bank_transaction_id: str | None


class SettlementView(BaseModel):
    """A day of a clinic, from `begin` until before `end`.

    `stripe` holds our movements of cards beside Stripe's balance of that day, `fees` the fees that we have beside those
    that Stripe kept (`stripe_fees` in all), as its balance was at `stripe_as_of`: null where it was never read.
    `bank` holds our transfers of that day beside what the bank booked on it; `sent_back` the refunds by transfer that
    were recorded on it, and whether the bank has told that they left.
    """

    clinic_id: str
    date: date
    time_zone: str
    begin: datetime
    end: datetime
    by_method: list[MethodView]
    by_user: list[UserView]
    receipts: ReceiptsView
    stripe: list[ComparisonView] | None
    fees: list[ComparisonView] | None
    stripe_fees: tuple[Money, ...]
    stripe_as_of: datetime | None
    bank: list[ComparisonView]
    sent_back: list[SentBackView]

    @classmethod
    def of(cls, report: Settlement) -> Self:
        moved = report.moved
        methods, users = summed(moved, lambda one: one.method), summed(moved, _user)
        names = {one.by.actor_id: one.by for one in moved}
        return cls(
            clinic_id=report.clinic_id,
            date=report.on,
            time_zone=report.time_zone,
            begin=report.begin,
            end=report.end,
            by_method=[MethodView(method=methods_, **_told(sums)) for (methods_, _), sums in sorted(methods.items())],
            by_user=[
                UserView(user=ActorRef.model_validate(asdict(names[id_])), **_told(sums))
                for (id_, _), sums in sorted(users.items())
            ],
            receipts=ReceiptsView(**asdict(receipts(moved))),
            stripe=_compared(report.stripe),
            fees=_compared(report.fees),
            stripe_fees=report.stripe_fees,
            stripe_as_of=report.stripe_as_of,
            bank=[ComparisonView.of(one) for one in report.bank],
            sent_back=[SentBackView(**{**asdict(one), "amount": one.amount}) for one in report.sent_back],
        )


def _compared(found: Sequence[Comparison] | None) -> list[ComparisonView] | None:
    return None if found is None else [ComparisonView.of(one) for one in found]


def _user(one: Movement) -> str:
    return one.by.actor_id


def _told(sums: Sums) -> Mapping[str, Any]:
    totals = {
        kind: Total(count=sums.counts.get(kind, 0), amount=Money(sums.amounts_minor.get(kind, 0), sums.currency))
        for kind in get_args(MovementKind)
    }
    return {**totals, "currency": sums.currency, "net": sums.net}
