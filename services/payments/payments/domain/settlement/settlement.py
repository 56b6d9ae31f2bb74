"""A day's settlement: what moved, by method and by person, and what the bank has otherwise, by line."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeVar, assert_never

from kernel.money import Money
from payments.domain.bank.transaction import Transaction
from payments.domain.intake.payment import Payment
from payments.domain.settlement.movements import MOVES, Movement, MovementKind

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one currency: how often and how much of each kind. `net` leaves fees out: they are not the patients' money."""

    currency: str
    counts: Mapping[MovementKind, int]
    amounts_minor: Mapping[MovementKind, int]

    @property
    def net(self) -> Money:
        return Money(sum(self.amounts_minor.get(kind, 0) for kind in MOVES), self.currency)


def summed(moved: Iterable[Movement], key: Callable[[Movement], K]) -> dict[tuple[K, str], Sums]:
    """By whatever the key says, and by currency."""
    groups: dict[tuple[K, str], list[Movement]] = defaultdict(list)
    for movement in moved:
        groups[key(movement), movement.amount.currency].append(movement)
    return {key: _sums(key[1], group) for key, group in groups.items()}


def _sums(currency: str, moved: Sequence[Movement]) -> Sums:
    counts: dict[MovementKind, int] = defaultdict(int)
    amounts: dict[MovementKind, int] = defaultdict(int)
    for movement in moved:
        counts[movement.kind] += 1
        amounts[movement.kind] += movement.amount.amount_minor
    return Sums(currency, counts, amounts)


@dataclass(frozen=True, slots=True)
class Receipts:
    """The numbers that were drawn, from and to, and those in between that were drawn on another day, or not at all."""

    count: int
    first: str | None
    last: str | None
    missing: tuple[str, ...]


def receipts(moved: Iterable[Movement]) -> Receipts:
    """In the order of the numbers."""
    drawn = sorted({movement.receipt_number for movement in moved if movement.receipt_number}, key=_sequence)
    if not drawn:
        return Receipts(0, None, None, ())
    stem = drawn[0].rpartition("-")[0]
    numbers = {_sequence(number) for number in drawn}
    missing = [n for n in range(min(numbers), max(numbers)) if n not in numbers]
    return Receipts(len(drawn), drawn[0], drawn[-1], tuple(f"{stem}-{n:06d}" for n in missing))


def _sequence(receipt_number: str) -> int:
    return int(receipt_number.rpartition("-")[2])


DifferenceReason = Literal[
    "booked-here-on-another-day",
    "booked-there-on-another-day",
    "not-booked-here",
    "not-there",
    "amounts-differ",
    "not-read-yet",
    "fee-not-told-yet",
    "dispute-fee",
    "refund-fee",
    "not-looked-at",
    "unmatched",
    "set-aside",
    "taken-back",
    "no-statement",
    "transaction-missing",
    "suspected-duplicate",
]
OPEN: frozenset[DifferenceReason] = frozenset({"not-booked-here", "not-there", "amounts-differ", "transaction-missing"})
"""What a person has to look into; the rest is explained."""


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One reason for a difference: `amount` is what the other side has more than we."""

    why: DifferenceReason
    amount: Money
    payment_id: str | None = None
    other_id: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One currency: theirs - ours = the sum of the lines."""

    ours: Money
    theirs: Money
    lines: tuple[DifferenceLine, ...]

    @property
    def difference(self) -> Money:
        return self.theirs - self.ours

    @property
    def explained(self) -> bool:
        """Whether nobody has to look into it."""
        return not any(line.why in OPEN for line in self.lines)


def beside_bank(transactions: Iterable[Transaction], payments: Collection[Payment]) -> tuple[Comparison, ...]:
    """What came in on the clinic's accounts on a day, beside the transfers that we have of that day."""
    counted = [p for p in payments if p.method == "bank_transfer" and p.status != "reversed"]
    came = [t for t in transactions if t.credit]
    ours: dict[str, int] = defaultdict(int)
    theirs: dict[str, int] = defaultdict(int)
    of: dict[str | None, int] = defaultdict(int)
    for payment in counted:
        ours[payment.currency] += payment.amount.amount_minor
        of[payment.bank_transaction_id] += payment.amount.amount_minor
    lines: dict[str, list[DifferenceLine]] = defaultdict(list)
    for t in came:
        theirs[t.amount.currency] += t.amount.amount_minor
        if (more := t.amount.amount_minor - of.get(t.transaction_id, 0)) != 0:
            line = DifferenceLine(_reason(t), Money(more, t.amount.currency), None, t.transaction_id)
            lines[t.amount.currency].append(line)
    there = {t.transaction_id for t in came}
    for payment in counted:
        if payment.bank_transaction_id not in there:
            reason: DifferenceReason = "transaction-missing" if payment.bank_transaction_id else "no-statement"
            line = DifferenceLine(reason, -payment.amount, payment.payment_id, payment.bank_transaction_id)
            lines[payment.currency].append(line)
    return compared(ours, theirs, lines)


def _reason(transaction: Transaction) -> DifferenceReason:
    """Why our payments make not all of what came in."""
    if transaction.suspicion is not None:
        return "suspected-duplicate"
    match transaction.status:
        case "new":
            return "not-looked-at"
        case "unmatched":
            return "unmatched"
        case "set_aside":
            return "set-aside"
        case "reversed":
            return "taken-back"
        case "matched" | "debit" | "refund":
            return "amounts-differ"
        case _:
            assert_never(transaction.status)


def compared(
    ours: Mapping[str, int], theirs: Mapping[str, int], lines: Mapping[str, Sequence[DifferenceLine]]
) -> tuple[Comparison, ...]:
    """By currency, in minor units."""
    return tuple(
        Comparison(Money(ours.get(c, 0), c), Money(theirs.get(c, 0), c), tuple(lines.get(c, ())))
        for c in sorted({*ours, *theirs})
    )


@dataclass(frozen=True, slots=True)
class SentBack:
    """A refund by transfer; without a bank transaction no statement has it yet."""

    payment_id: str
    refund_id: str
    amount: Money
    bank_transaction_id: str | None


def sent_back(payments: Iterable[Payment], begin: datetime, end: datetime) -> tuple[SentBack, ...]:
    """The refunds by transfer that were recorded in between."""
    return tuple(
        SentBack(payment.payment_id, refund.refund_id, refund.amount, refund.bank_transaction_id)
        for payment in sorted(payments, key=lambda p: p.payment_id)
        if payment.method == "bank_transfer"
        for refund in payment.refunds
        if refund.status == "settled" and begin <= refund.refunded_at < end
    )


@dataclass(frozen=True, slots=True)
class Settlement:
    """The report. `stripe` and `fees` are None where Stripe's balance of that day was never read.

    What Stripe booked at `stripe_as_of` or later is not in them.
    """

    clinic_id: str
    on: date
    time_zone: str
    begin: datetime
    end: datetime
    moved: tuple[Movement, ...]
    stripe: tuple[Comparison, ...] | None
    fees: tuple[Comparison, ...] | None
    stripe_fees: tuple[Money, ...]
    stripe_as_of: datetime | None
    bank: tuple[Comparison, ...]
    sent_back: tuple[SentBack, ...] = ()
