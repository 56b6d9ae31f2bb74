"""The reminder of an invoice: its source is what the patient owes of it on a day; it is printed for who asks.

Nobody is reminded of what waits for an insurer, nor of an instalment whose day has not come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kernel.money import Money, total

Step = Literal[1, 2, 3]
SECOND_AFTER_DAYS, THIRD_AFTER_DAYS = 14, 28


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be paid by a day: an instalment by its number, or all of it (None)."""

    number: int | None
    due_on: date
    amount: Money


def overdue(parts: Sequence[Part], open_: Money, today: date) -> Iterator[Part]:
    """Each that is past its day, with what is left to pay of it.

    What is paid pays the earliest first; what is open beyond them all is due with the last.
    """
    paid_minor = max(total((part.amount for part in parts), open_.currency).amount_minor - open_.amount_minor, 0)
    left_minor = open_.amount_minor
    for at, part in enumerate(parts):
        taken = min(paid_minor, part.amount.amount_minor)
        paid_minor -= taken
        is_last = at == len(parts) - 1
        rest = left_minor if is_last else min(part.amount.amount_minor - taken, left_minor)
        left_minor -= rest
        if rest > 0 and part.due_on < today:
            yield Part(part.number, part.due_on, Money(rest, open_.currency))


def step_of(due_on: date, today: date) -> Step | None:
    """A friendly word, a reminder, and the last one; None for what is not overdue."""
    late = (today - due_on).days
    if late <= 0:
        return None
    if late > THIRD_AFTER_DAYS:
        return 3
    return 2 if late > SECOND_AFTER_DAYS else 1
