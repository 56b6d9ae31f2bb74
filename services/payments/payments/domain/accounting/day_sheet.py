"""A clinic's journal: what moved, by day and by who caused it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from payments.domain.intake.payment_policy import Calendar
from payments.domain.settlement.movements import Movement
from payments.domain.settlement.settlement import Sums, summed


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement with the clinic's day and clock."""

    on: date
    clock: time
    moved: Movement


@dataclass(frozen=True, slots=True)
class DaySums:
    """What one person caused on one day, in one currency."""

    on: date
    actor_id: str
    sums: Sums


def day_sheet(moved: Iterable[Movement], calendar: Calendar, actor_id: str | None = None) -> list[Entry]:
    """By day, by person, by time; only of one person where they are named."""
    entries = [
        Entry(calendar.local_date(movement.at), calendar.local_time(movement.at).time(), movement)
        for movement in moved
        if actor_id in (None, movement.by.actor_id)
    ]
    return sorted(entries, key=lambda e: (e.on, e.moved.by.actor_id, e.moved.at, e.moved.payment_id, e.moved.kind))


def day_sums(entries: Iterable[Entry], calendar: Calendar) -> list[DaySums]:
    """In the order of `day_sheet`."""
    groups = summed(
        (entry.moved for entry in entries), lambda movement: (calendar.local_date(movement.at), movement.by.actor_id)
    )
    return [
        DaySums(on, actor_id, sums) for ((on, actor_id), _), sums in sorted(groups.items(), key=lambda item: item[0])
    ]
