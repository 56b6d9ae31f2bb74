"""The statement of account: what moved on a patient's account, what is open, and how old that is.

Its source is the account: all that was heard of it. Nothing freezes it: it is printed as of a day, and not kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from kernel.money import Money, total

BOUNDS = (0, 30, 60, 90)
"""Days past due that an amount is counted up to: not due, 1 to 30, 31 to 60, 61 to 90, and more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What moved: above zero the patient owes it. `word` names what it was, `number` which, `patient` whose it is."""

    on: date
    word: str
    number: str
    amount: Money
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is open of an invoice, and when it is due: one without a day of its own, on the day of the invoice."""

    due_on: date
    open: Money


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By day; on one day what is owed comes before what is paid."""
    return sorted(entries, key=lambda entry: (entry.on, entry.amount.amount_minor < 0, entry.number))


def balances(entries: Sequence[Entry]) -> list[Money]:
    """The balance after each."""
    return list(accumulate(entry.amount for entry in entries))


def ages(claims: Sequence[Claim], currency: str, today: date) -> tuple[Money, ...]:
    """What is open, by how long it is past due."""
    buckets: list[list[Money]] = [[] for _ in range(len(BOUNDS) + 1)]
    for claim in claims:
        late = (today - claim.due_on).days
        buckets[sum(late > bound for bound in BOUNDS)].append(claim.open)
    return tuple(total(bucket, currency) for bucket in buckets)
