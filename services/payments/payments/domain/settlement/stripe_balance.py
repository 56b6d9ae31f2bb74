"""A day of ours beside the same day of Stripe's balance: the patients' money, and the fees, line by line."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from kernel.money import Money
from payments.domain.intake.payment import Payment
from payments.domain.settlement.movements import Movement, MovementKind
from payments.domain.settlement.settlement import Comparison, DifferenceLine, DifferenceReason, compared

EntryKind = Literal["charge", "refund", "dispute"]
BalanceKey = tuple[str, EntryKind, str]
"""Of which PaymentIntent, what, and in which currency."""
_STRIPES: dict[MovementKind, EntryKind] = {
    "received": "charge",
    "refunded": "refund",
    "returned": "refund",
    "disputed": "dispute",
    "won": "dispute",
}


@dataclass(frozen=True, slots=True)
class BalanceEntry:
    """An entry of Stripe's balance: `amount` in the charge's currency, less than nothing for what was taken.

    `clinic_id` is from the charge's metadata; `fee` is in the currency that Stripe pays out.
    """

    entry_id: str
    kind: EntryKind
    intent_id: str
    clinic_id: str | None
    amount: Money
    fee: Money
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """From `begin` until before `end`; Stripe's balance of it was read as it was at `as_of`."""

    begin: datetime
    end: datetime
    as_of: datetime

    def has(self, at: datetime) -> bool:
        return self.begin <= at < self.end


def fees_of(booked: Iterable[BalanceEntry]) -> tuple[Money, ...]:
    """What Stripe kept, in each currency that it pays out."""
    fees: dict[str, int] = defaultdict(int)
    for entry in booked:
        fees[entry.fee.currency] += entry.fee.amount_minor
    return tuple(Money(fees[currency], currency) for currency in sorted(fees))


def beside_stripe(
    moved: Iterable[Movement], booked: Iterable[BalanceEntry], known: Mapping[str, Payment], day: Day
) -> tuple[Comparison, ...]:
    """Our movements of cards beside Stripe's entries of the same day.

    `known` has the payments of the entries and movements by PaymentIntent.
    """
    ours, theirs = _Side(), _Side()
    for movement in moved:
        if movement.method == "card" and movement.kind in _STRIPES:
            key = (movement.intent_id or "", _STRIPES[movement.kind], movement.amount.currency)
            ours.add(key, movement.amount, movement.at)
    for entry in booked:
        amount = _in_currency_of(known.get(entry.intent_id), entry)
        theirs.add((entry.intent_id, entry.kind, amount.currency), amount, entry.booked_at)

    def reason_of(key: BalanceKey) -> DifferenceReason:
        intent_id, kind, _ = key
        payment = known.get(intent_id)
        if key in ours.sums and key in theirs.sums:
            return "not-read-yet" if ours.last[key] >= day.as_of else "amounts-differ"
        if key in theirs.sums:
            return "booked-here-on-another-day" if payment is not None and _has(payment, kind) else "not-booked-here"
        return _missing_there(ours.last[key], kind, payment, day)

    return _beside(ours, theirs, known, reason_of)


def fees_beside_stripe(
    moved: Iterable[Movement], booked: Iterable[BalanceEntry], known: Mapping[str, Payment], day: Day
) -> tuple[Comparison, ...]:
    """The fees that we have of the day's charges beside what Stripe kept; of refunds and disputes we have none."""
    ours, theirs = _Side(), _Side()
    for movement in moved:
        if movement.kind == "fee":
            ours.add((movement.intent_id or "", "charge", movement.amount.currency), -movement.amount, movement.at)
    for entry in booked:
        if entry.fee.amount_minor:
            theirs.add((entry.intent_id, entry.kind, entry.fee.currency), entry.fee, entry.booked_at)

    def reason_of(key: BalanceKey) -> DifferenceReason:
        intent_id, kind, currency = key
        payment = known.get(intent_id)
        if kind != "charge":
            return "dispute-fee" if kind == "dispute" else "refund-fee"
        if key in ours.sums and key in theirs.sums:
            return "amounts-differ"
        if key not in theirs.sums:
            return _missing_there(ours.last[key], kind, payment, day)
        if payment is None:
            return "not-booked-here"
        if payment.fee is None:
            return "fee-not-told-yet"
        same = payment.fee == Money(theirs.sums[key], currency)
        return "booked-here-on-another-day" if same else "amounts-differ"

    return _beside(ours, theirs, known, reason_of)


def _in_currency_of(payment: Payment | None, entry: BalanceEntry) -> Money:
    """What the entry moves of the payment: a dispute may be in the cardholder's own currency."""
    if payment is None or entry.kind != "dispute" or entry.amount.currency == payment.currency:
        return entry.amount
    size = Money(abs(entry.amount.amount_minor), entry.amount.currency)
    share = next((d.share_of(payment.amount) for d in payment.disputes if d.amount == size), payment.amount)
    return share if entry.amount.amount_minor > 0 else -share


class _Side:
    """What one of us has, and when the last of it was booked."""

    def __init__(self) -> None:
        self.sums: dict[BalanceKey, int] = defaultdict(int)
        self.last: dict[BalanceKey, datetime] = {}

    def add(self, key: BalanceKey, amount: Money, at: datetime) -> None:
        self.sums[key] += amount.amount_minor
        self.last[key] = max(at, self.last.get(key, at))

    def by_currency(self) -> dict[str, int]:
        whole: dict[str, int] = defaultdict(int)
        for (_, _, currency), amount in self.sums.items():
            whole[currency] += amount
        return whole


def _beside(
    ours: _Side, theirs: _Side, known: Mapping[str, Payment], reason_of: Callable[[BalanceKey], DifferenceReason]
) -> tuple[Comparison, ...]:
    lines: dict[str, list[DifferenceLine]] = defaultdict(list)
    for key in sorted({*ours.sums, *theirs.sums}):
        intent_id, _, currency = key
        if (more := theirs.sums.get(key, 0) - ours.sums.get(key, 0)) != 0:
            payment = known.get(intent_id)
            payment_id = None if payment is None else payment.payment_id
            lines[currency].append(DifferenceLine(reason_of(key), Money(more, currency), payment_id, intent_id))
    return compared(ours.by_currency(), theirs.by_currency(), lines)


def _missing_there(at: datetime, kind: EntryKind, payment: Payment | None, day: Day) -> DifferenceReason:
    if at >= day.as_of:
        return "not-read-yet"
    late = kind != "charge" or payment is None or payment.settled_at is None or not day.has(payment.settled_at)
    return "booked-there-on-another-day" if late else "not-there"


def _has(payment: Payment, kind: EntryKind) -> bool:
    """Whether we know of such a thing at all."""
    match kind:
        case "charge":
            return payment.settled_at is not None
        case "refund":
            return any(r.gateway_id is not None for r in payment.refunds)
        case "dispute":
            return bool(payment.disputes)
        case _:
            assert_never(kind)
