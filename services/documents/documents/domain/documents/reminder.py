"""The reminder of an invoice: its source is what the patient owes of it on a day; it is printed for who asks.

Nobody is reminded of what waits for an insurer.
"""

from datetime import date
from typing import Literal

Step = Literal[1, 2, 3]
SECOND_AFTER_DAYS, THIRD_AFTER_DAYS = 14, 28


def step_of(due_on: date, today: date) -> Step | None:
    """A friendly word, a reminder, and the last one; None for what is not overdue."""
    late = (today - due_on).days
    if late <= 0:
        return None
    if late > THIRD_AFTER_DAYS:
        return 3
    return 2 if late > SECOND_AFTER_DAYS else 1
