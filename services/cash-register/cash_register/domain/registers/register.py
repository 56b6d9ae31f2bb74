"""A register: which of its days is open, and what happens to cash while none is."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cash_register.domain.days.cash import Cash
from cash_register.domain.days.day import Day, Recorded, record
from kernel.errors import Conflict
from kernel.ids import derived_id


@dataclass(frozen=True, slots=True)
class Register:
    """`version` rises when a day opens or closes and when cash begins to wait.

    Opening a day and beginning to wait for one write the same document, so one of the two sees what the other did.
    """

    register_id: str
    clinic_id: str
    version: int = 0
    open_day_id: str | None = None

    @property
    def key(self) -> str:
        return register_key(self.clinic_id, self.register_id)


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of cash that was heard of, in order: on the books of an open day, or waiting for one."""

    recorded: list[Recorded]
    waiting: list[Cash]


def register_key(clinic_id: str, register_id: str) -> str:
    """Clinics name their registers as they like: a register is known by both."""
    return derived_id("reg", clinic_id, register_id)


def opened(register: Register, day_id: str) -> Register:
    """Raises Conflict while another day is open."""
    if register.open_day_id is not None:
        raise Conflict("day-already-open", f"{register.open_day_id} is still open: close it first")
    return replace(register, version=register.version + 1, open_day_id=day_id)


def closed(register: Register) -> Register:
    return replace(register, version=register.version + 1, open_day_id=None)


def awaited(register: Register) -> Register:
    """Cash began to wait for the register's next day."""
    return replace(register, version=register.version + 1)


def collect(arrivals: Iterable[Cash], open_days: Mapping[str, Day], known: Collection[str], at: datetime) -> Collected:
    """Each movement once: on the open day of its register, or waiting for one that takes it.

    `open_days` are by register key, `known` the ids of movements that are on the books or waiting already.
    """
    days = dict(open_days)
    seen = set(known)
    recorded: list[Recorded] = []
    waiting: list[Cash] = []
    for cash in arrivals:
        if cash.movement_id in seen:
            continue
        seen.add(cash.movement_id)
        key = register_key(cash.clinic_id, cash.register_id)
        day = days.get(key)
        if day is None or not day.takes(cash):
            waiting.append(cash)
        else:
            recorded.append(record(day, cash, at))
            days[key] = recorded[-1].day
    return Collected(recorded, waiting)
