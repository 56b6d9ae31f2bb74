"""Follows a day as it changes: read from the store, so whichever instance made a change, every one can tell of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from cash_register.domain.days.cash import Movement
from cash_register.domain.days.day import Day
from cash_register.store import Store
from cash_register.store.days import day_at

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class DayChange:
    """A version of the day; `movement` is the one that made it."""

    type: str
    day: Day
    movement: Movement | None


def resumed_after(last_event_id: int | None, version: int) -> int:
    """Up to which version of a day a client was told. Who was told none, or one that there never was, gets the newest.

    A number that came from another day, or from nowhere, would otherwise be waited for without a word.
    """
    return version - 1 if last_event_id is None or last_event_id > version else last_event_id


async def changes_after(store: Store, day: Day, after: int, until: int) -> AsyncIterator[DayChange]:
    """The versions from `after` + 1 to `until`, in order. Raises DriverError.

    Those from before there was a journal are left out: the day is told as it is then, once.
    """
    sent = after
    for first in range(after + 1, until + 1, AT_ONCE):
        versions = range(first, min(first + AT_ONCE, until + 1))
        revisions = await store.revisions.of(day.day_id, versions)
        movements = await store.movements.made(day.day_id, versions)
        for revision, _ in revisions:
            sent = revision.version
            yield DayChange(revision.type, day_at(revision), movements.get(sent))
    if sent < until:
        now = await store.days.get(None, day.clinic_id, day.register_id, day.date)
        yield DayChange("cash-register.day-opened.v1", now, None)
