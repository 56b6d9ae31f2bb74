"""On which days a card on file is charged: the due date, and the days after it on which it is tried again.

Only on working days of the clinic, so that somebody is there whom the patient can call.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

IsWorkingDay = Callable[[date], bool]
LONGEST_CLOSED_DAYS = 366


def working_day_from(day: date, is_working_day: IsWorkingDay) -> date:
    """The day, or the first working day after it; the day itself for a clinic whose calendar has none in a year."""
    days = (day + timedelta(days=offset) for offset in range(LONGEST_CLOSED_DAYS))
    return next((candidate for candidate in days if is_working_day(candidate)), day)


def first_day(due_on: date, today: date, notice_days: int, is_working_day: IsWorkingDay) -> date:
    """Never before it is due, and never less than `notice_days` after it was announced."""
    return working_day_from(max(due_on, today + timedelta(days=notice_days)), is_working_day)


def next_day(
    first_on: date, today: date, attempts: int, retry_days: Sequence[int], is_working_day: IsWorkingDay
) -> date | None:
    """When it is tried again after `attempts`, always later than today; None once it was tried often enough.

    `retry_days` count from the first day, so that a closed week does not push all that follows.
    """
    if not 1 <= attempts <= len(retry_days):
        return None
    wanted = first_on + timedelta(days=retry_days[attempts - 1])
    return working_day_from(max(wanted, today + timedelta(days=1)), is_working_day)
