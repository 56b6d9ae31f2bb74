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
class Overdue:
    """What should have been paid by now, and since when: the day after which the oldest of it was late."""

    amount: Money
    since: date


@dataclass(frozen=True, slots=True)
class Reminded:
    """The last step that was taken for what is overdue since a day."""

    step: Step
    on: date


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
