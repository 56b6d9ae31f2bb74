"""A payout of Stripe's, and whether it agrees with the payments: charges - fees - refunds - disputes = payout.

One Stripe account may serve several clinics: a payout has a part for each, and one for what is no clinic's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never

from kernel.money import Money, total
from payments.domain.intake.payment import Payment

PayoutMovementKind = Literal["charge", "refund", "dispute", "other"]
PayoutStatus = Literal["pending", "in_transit", "paid", "failed", "canceled"]
Itemized = Literal["yes", "later", "never"]
PayoutState = Literal["unchecked", "matched", "differs"]
DifferenceCode = Literal[
    "sum-differs",
    "not-itemized",
    "payment-unknown",
    "payment-not-settled",
    "amount-differs",
    "fee-differs",
    "refund-unknown",
    "dispute-unknown",
]

_PAID_OUT_WHOLE_MINOR = {"HUF": 100, "TWD": 100}
"""Charged with two decimals and paid out without ("Supported currencies": special cases): less than one unit stays in
the balance, and comes with a later payout.
"""


@dataclass(frozen=True, slots=True)
class SeenMovement:
    """One line of Stripe's account. Amounts as they change it: a refund is negative; net = amount - fee.

    `payment_id` is from our metadata at its source, None when that is not ours or says nothing.
    """

    movement_id: str
    kind: PayoutMovementKind
    amount: Money
    fee: Money
    net: Money
    source_id: str | None = None
    intent_id: str | None = None
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class SeenPayout:
    """A payout as Stripe has it. `itemized`: whether it says what the payout is made of."""

    payout_id: str
    status: PayoutStatus
    amount: Money
    created_at: datetime
    arrives_on: date
    itemized: Itemized
    movements: tuple[SeenMovement, ...] = ()


@dataclass(frozen=True, slots=True)
class PayoutMovement:
    """A line with whose it is; None where it is no clinic's, such as Stripe's own fees."""

    movement_id: str
    payout_id: str
    clinic_id: str | None
    payment_id: str | None
    kind: PayoutMovementKind
    amount: Money
    fee: Money
    net: Money


@dataclass(frozen=True, slots=True)
class PayoutPart:
    """What of a payout is one clinic's: charges - refunds - disputes + other - fees = net."""

    clinic_id: str | None
    charges: Money
    refunds: Money
    disputes: Money
    other: Money
    fees: Money
    net: Money
    count: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not agree, with the figure of our books and Stripe's."""

    code: DifferenceCode
    clinic_id: str | None = None
    payment_id: str | None = None
    movement_id: str | None = None
    expected: Money | None = None
    found: Money | None = None


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout, checked."""

    payout_id: str
    status: PayoutStatus
    amount: Money
    created_at: datetime
    arrives_on: date
    state: PayoutState
    parts: tuple[PayoutPart, ...]
    differences: tuple[Difference, ...]
    checked_at: datetime

    @property
    def clinic_ids(self) -> list[str]:
        return [part.clinic_id for part in self.parts if part.clinic_id is not None]


def check(seen: SeenPayout, payments: Mapping[str, Payment], at: datetime) -> tuple[Payout, tuple[PayoutMovement, ...]]:
    """The payout against the payments, which are by PaymentIntent."""
    movements = tuple(_assigned(line, seen.payout_id, _payment(line, payments)) for line in seen.movements)
    differences = () if seen.itemized == "later" else (*_of_sum(seen), *_of_movements(seen, payments))
    state: PayoutState = "unchecked" if seen.itemized == "later" else "differs" if differences else "matched"
    payout = Payout(
        payout_id=seen.payout_id,
        status=seen.status,
        amount=seen.amount,
        created_at=seen.created_at,
        arrives_on=seen.arrives_on,
        state=state,
        parts=_parts(movements, seen.amount.currency),
        differences=differences,
        checked_at=at,
    )
    return payout, movements


def _payment(movement: SeenMovement, payments: Mapping[str, Payment]) -> Payment | None:
    return None if movement.intent_id is None else payments.get(movement.intent_id)


def _assigned(seen: SeenMovement, payout_id: str, payment: Payment | None) -> PayoutMovement:
    clinic_id, payment_id = (None, None) if payment is None else (payment.clinic_id, payment.payment_id)
    return PayoutMovement(
        seen.movement_id, payout_id, clinic_id, payment_id, seen.kind, seen.amount, seen.fee, seen.net
    )


def _parts(movements: Iterable[PayoutMovement], currency: str) -> tuple[PayoutPart, ...]:
    by_clinic: dict[str | None, list[PayoutMovement]] = {}
    for movement in movements:
        by_clinic.setdefault(movement.clinic_id, []).append(movement)
    return tuple(_part(clinic_id, by_clinic[clinic_id], currency) for clinic_id in sorted(by_clinic, key=str))


def _part(clinic_id: str | None, movements: list[PayoutMovement], currency: str) -> PayoutPart:
    def of(kind: PayoutMovementKind) -> Money:
        return total((movement.amount for movement in movements if movement.kind == kind), currency)

    return PayoutPart(
        clinic_id=clinic_id,
        charges=of("charge"),
        refunds=-of("refund"),
        disputes=-of("dispute"),
        other=of("other"),
        fees=total((movement.fee for movement in movements), currency),
        net=total((movement.net for movement in movements), currency),
        count=len(movements),
    )


def _of_sum(seen: SeenPayout) -> tuple[Difference, ...]:
    if seen.itemized == "never":
        return (Difference("not-itemized"),)
    found = total((movement.net for movement in seen.movements), seen.amount.currency)
    whole = _PAID_OUT_WHOLE_MINOR.get(seen.amount.currency, 1)
    return (
        ()
        if abs((found - seen.amount).amount_minor) < whole
        else (Difference("sum-differs", expected=found, found=seen.amount),)
    )


def _of_movements(seen: SeenPayout, payments: Mapping[str, Payment]) -> tuple[Difference, ...]:
    found: list[Difference] = []
    for movement in seen.movements:
        payment = _payment(movement, payments)
        if payment is not None:
            found += _against(movement, payment)
        elif movement.payment_id is not None:
            found.append(
                Difference("payment-unknown", None, movement.payment_id, movement.movement_id, None, movement.amount)
            )
    return tuple(found)


def _against(movement: SeenMovement, payment: Payment) -> list[Difference]:
    """The movement against the payment that it is of; amounts only where Stripe did not change the currency."""

    def differs(code: DifferenceCode, expected: Money | None, found: Money) -> Difference:
        return Difference(code, payment.clinic_id, payment.payment_id, movement.movement_id, expected, found)

    def amounts(code: DifferenceCode, expected: Money | None, found: Money) -> list[Difference]:
        comparable = expected is not None and expected.currency == found.currency
        return [differs(code, expected, found)] if comparable and expected != found else []

    match movement.kind:
        case "charge" if payment.settled_at is None:
            return [differs("payment-not-settled", None, movement.amount)]
        case "charge":
            fees = amounts("fee-differs", payment.fee, movement.fee)
            return [*amounts("amount-differs", payment.amount, movement.amount), *fees]
        case "refund":
            ours = {refund.gateway_id: refund.amount for refund in payment.refunds}
            if movement.source_id not in ours:
                return [differs("refund-unknown", None, movement.amount)]
            return amounts("amount-differs", _signed(ours[movement.source_id], movement), movement.amount)
        case "dispute":
            known = {dispute.dispute_id: dispute.amount for dispute in payment.disputes}
            if movement.source_id not in known:
                return [differs("dispute-unknown", None, movement.amount)]
            return amounts("amount-differs", _signed(known[movement.source_id], movement), movement.amount)
        case "other":
            return []
        case _:
            assert_never(movement.kind)


def _signed(amount: Money, movement: SeenMovement) -> Money:
    """Money that goes is negative, money that comes back (a refund that failed, a dispute that was won) is not."""
    return -amount if movement.amount.amount_minor < 0 else amount
