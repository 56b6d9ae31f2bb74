"""When a clinic writes to nobody unasked: at night, on Sundays and on holidays, by its own clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

IsHoliday = Callable[[date], bool]
SUNDAY = 6
LOOK_AHEAD_DAYS = 400


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` until before `ends`, each `20:00`; where both are the same, at no hour.

    `holidays`: those of the clinic's country, and of `subdivision` (the part of ISO 3166-2 after the country).
    """

    begins: str = "20:00"
    ends: str = "08:00"
    sundays: bool = True
    holidays: bool = True
    subdivision: str | None = None


def next_allowed(quiet: QuietHours, local: datetime, is_holiday: IsHoliday) -> datetime:
    """The moment itself, or the first one after it that is not quiet. `local` is of the clinic's time zone.

    A clinic that is quiet for more than a year is asked again then.
    """
    day, at = local.date(), local.time().replace(tzinfo=None)
    for _ in range(LOOK_AHEAD_DAYS):
        free = None if _is_quiet_day(quiet, day, is_holiday) else _free_from(quiet, at)
        if free is not None:
            unmoved = (day, free) == (local.date(), local.time())
            return local if unmoved else datetime.combine(day, free, local.tzinfo)
        day, at = day + timedelta(days=1), time()
    return datetime.combine(day, time(), local.tzinfo)


def _is_quiet_day(quiet: QuietHours, day: date, is_holiday: IsHoliday) -> bool:
    return (quiet.sundays and day.weekday() == SUNDAY) or (quiet.holidays and is_holiday(day))


def _free_from(quiet: QuietHours, at: time) -> time | None:
    """This time or the next free one of the day; None for none."""
    begins, ends = time.fromisoformat(quiet.begins), time.fromisoformat(quiet.ends)
    if begins <= ends:
        return ends if begins <= at < ends else at
    if at >= begins:
        return None
    return max(at, ends)
