"""When a patient is reminded of what is overdue: each step once, one after the other.

What waits for an insurer is not the patient's, and a plan of instalments that is kept is not overdue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from documents.domain.documents.reminder import Step
from kernel.money import Money

STEPS: tuple[Step, ...] = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class DuePart:
    """What is to be paid by a day: an instalment, or all of it."""

    due_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Overdue:
    """What should have been paid by now, and since when: the day after which the oldest of it was late."""

    amount: Money
    since: date


@dataclass(frozen=True, slots=True)
class Reminded:
    """The last step that was taken for what is overdue since a day."""

    step: Step
    on: date


def overdue_of(open_: Money, parts: Sequence[DuePart], today: date) -> Overdue | None:
    """`open_` is what the patient owes by now. What they paid of a plan counts for its earliest parts."""
    covered = sum(part.amount.amount_minor for part in parts) - open_.amount_minor
    late_minor, since = 0, None
    for part in sorted(parts, key=lambda each: each.due_on):
        taken = min(max(covered, 0), part.amount.amount_minor)
        covered -= taken
        left = part.amount.amount_minor - taken
        if left > 0 and part.due_on < today:
            late_minor, since = late_minor + left, since or part.due_on
    if since is None or open_.amount_minor <= 0:
        return None
    return Overdue(Money(min(late_minor, open_.amount_minor), open_.currency), since)


def next_step(since: date, today: date, days: Sequence[int], last: Reminded | None) -> Step | None:
    """The step to take today; `days` says how many days after the due date each is taken.

    Nobody gets the last word first: after a pause the steps go on from where they were, with their distance.
    """
    taken = last.step if last else 0
    if taken >= min(len(days), len(STEPS)):
        return None
    step = STEPS[taken]
    begins = since + timedelta(days=days[step - 1])
    if last is not None:
        begins = max(begins, last.on + timedelta(days=days[step - 1] - days[last.step - 1]))
    return step if today >= begins else None
