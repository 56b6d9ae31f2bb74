"""A day's settlement: what moved, by method and by person, and what Stripe and the bank have otherwise, by line."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeVar

from chassis.kernel.money import Money
from payments.domain.bank.transaction import Transaction
from payments.domain.movements import MOVES, Kind, Movement
from payments.domain.payment import Payment

K = TypeVar("K", bound=Hashable)
EntryKind = Literal["charge", "refund", "dispute"]


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one currency: how often and how much of each kind. `net` leaves fees out: they are not the patients' money."""

    currency: str
    counts: Mapping[Kind, int]
    amounts_minor: Mapping[Kind, int]

    @property
    def net(self) -> Money:
        return Money(sum(self.amounts_minor.get(kind, 0) for kind in MOVES), self.currency)


def summed(moved: Iterable[Movement], key: Callable[[Movement], K]) -> dict[tuple[K, str], Sums]:
    """By whatever the key says, and by currency."""
    groups: dict[tuple[K, str], list[Movement]] = defaultdict(list)
    for one in moved:
        groups[key(one), one.amount.currency].append(one)
    return {place: _sums(place[1], group) for place, group in groups.items()}


def _sums(currency: str, moved: Sequence[Movement]) -> Sums:
    counts: dict[Kind, int] = defaultdict(int)
    amounts: dict[Kind, int] = defaultdict(int)
    for one in moved:
        counts[one.kind] += 1
        amounts[one.kind] += one.amount.amount_minor
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
    drawn = sorted({one.receipt_number for one in moved if one.receipt_number}, key=_sequence)
    if not drawn:
        return Receipts(0, None, None, ())
    stem = drawn[0].rpartition("-")[0]
    numbers = {_sequence(number) for number in drawn}
    missing = [n for n in range(min(numbers), max(numbers)) if n not in numbers]
    return Receipts(len(drawn), drawn[0], drawn[-1], tuple(f"{stem}-{n:06d}" for n in missing))


def _sequence(receipt_number: str) -> int:
    return int(receipt_number.rpartition("-")[2])


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry of Stripe's balance: `amount` in the charge's currency, less than nothing for what was taken.

    `clinic_id` is from the charge's metadata; `fee` is in the currency that Stripe pays out.
    """

    entry_id: str
    kind: EntryKind
    intent_id: str
    clinic_id: str | None
    amount: Money
    fee: Money


Why = Literal[
    "booked-here-on-another-day", "booked-there-on-another-day", "not-booked-here", "not-there", "amounts-differ",
    "not-looked-at", "unmatched", "set-aside", "taken-back", "no-statement", "transaction-missing",
    "suspected-duplicate",
]  # fmt: skip
OPEN: frozenset[Why] = frozenset({"not-booked-here", "not-there", "amounts-differ", "transaction-missing"})
"""What a person has to look into; the rest is explained."""


@dataclass(frozen=True, slots=True)
class Line:
    """One reason for a difference: `amount` is what the other side has more than we."""

    why: Why
    amount: Money
    payment_id: str | None = None
    other_id: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One currency: theirs - ours = the sum of the lines."""

    ours: Money
    theirs: Money
    lines: tuple[Line, ...]

    @property
    def difference(self) -> Money:
        return self.theirs - self.ours

    @property
    def explained(self) -> bool:
        """Whether nobody has to look into it."""
        return not any(line.why in OPEN for line in self.lines)


def fees_of(booked: Iterable[Booked]) -> tuple[Money, ...]:
    """What Stripe kept, in each currency that it pays out."""
    kept: dict[str, int] = defaultdict(int)
    for entry in booked:
        kept[entry.fee.currency] += entry.fee.amount_minor
    return tuple(Money(kept[currency], currency) for currency in sorted(kept))


_STRIPES: dict[Kind, EntryKind] = {
    "received": "charge", "refunded": "refund", "returned": "refund", "disputed": "dispute", "won": "dispute",
}  # fmt: skip


def beside_stripe(
    moved: Iterable[Movement], booked: Iterable[Booked], known: Mapping[str, Payment], on: Callable[[datetime], bool]
) -> tuple[Comparison, ...]:
    """Our movements of cards beside Stripe's entries of the same day.

    `known` has the payments of the entries and movements by PaymentIntent; `on` says whether a moment is on the day.
    """
    ours: dict[tuple[str, EntryKind, str], int] = defaultdict(int)
    theirs: dict[tuple[str, EntryKind, str], int] = defaultdict(int)
    for one in moved:
        if one.method == "card" and one.kind in _STRIPES:
            ours[one.intent_id or "", _STRIPES[one.kind], one.amount.currency] += one.amount.amount_minor
    for entry in booked:
        theirs[entry.intent_id, entry.kind, entry.amount.currency] += entry.amount.amount_minor
    lines: dict[str, list[Line]] = defaultdict(list)
    for place in sorted({*ours, *theirs}):
        intent_id, kind, currency = place
        if (more := theirs.get(place, 0) - ours.get(place, 0)) != 0:
            payment = known.get(intent_id)
            why = _why(place in ours, place in theirs, kind, payment, on)
            payment_id = None if payment is None else payment.payment_id
            lines[currency].append(Line(why, Money(more, currency), payment_id, intent_id))
    return _compared(_by_currency(ours), _by_currency(theirs), lines)


def _why(here: bool, there: bool, kind: EntryKind, payment: Payment | None, on: Callable[[datetime], bool]) -> Why:
    if here and there:
        return "amounts-differ"
    if there:
        return "booked-here-on-another-day" if payment is not None and _has(payment, kind) else "not-booked-here"
    late = kind != "charge" or payment is None or payment.settled_at is None or not on(payment.settled_at)
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


_UNPAID: dict[str, Why] = {
    "new": "not-looked-at", "unmatched": "unmatched", "set_aside": "set-aside", "reversed": "taken-back",
}  # fmt: skip


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
    lines: dict[str, list[Line]] = defaultdict(list)
    for t in came:
        theirs[t.amount.currency] += t.amount.amount_minor
        if (more := t.amount.amount_minor - of.get(t.transaction_id, 0)) != 0:
            why = "suspected-duplicate" if t.suspicion else _UNPAID.get(t.status, "amounts-differ")
            lines[t.amount.currency].append(Line(why, Money(more, t.amount.currency), None, t.transaction_id))
    there = {t.transaction_id for t in came}
    for payment in counted:
        if payment.bank_transaction_id not in there:
            why = "no-statement" if payment.bank_transaction_id is None else "transaction-missing"
            line = Line(why, -payment.amount, payment.payment_id, payment.bank_transaction_id)
            lines[payment.currency].append(line)
    return _compared(ours, theirs, lines)


def _by_currency(sums: Mapping[tuple[str, EntryKind, str], int]) -> dict[str, int]:
    whole: dict[str, int] = defaultdict(int)
    for (_, _, currency), amount in sums.items():
        whole[currency] += amount
    return whole


def _compared(
    ours: Mapping[str, int], theirs: Mapping[str, int], lines: Mapping[str, Sequence[Line]]
) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(Money(ours.get(c, 0), c), Money(theirs.get(c, 0), c), tuple(lines.get(c, ())))
        for c in sorted({*ours, *theirs})
    )


@dataclass(frozen=True, slots=True)
class Settlement:
    """The report. `stripe` is None where Stripe did not answer."""

    clinic_id: str
    on: date
    time_zone: str
    begin: datetime
    end: datetime
    moved: tuple[Movement, ...]
    stripe: tuple[Comparison, ...] | None
    stripe_fees: tuple[Money, ...]
    bank: tuple[Comparison, ...]
