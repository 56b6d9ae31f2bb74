"""The cash registers' days, with everything that moved."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from contracts.cash_register import Movement, RegisterDay
from dev.calls import PAGE, Caller, Json

Register = tuple[str, str]
"""(clinic_id, register_id)"""


@dataclass(frozen=True)
class Till:
    """One register: its days with their movements, and cash that waits for a day to be opened."""

    clinic_id: str
    register_id: str
    days: tuple[tuple[RegisterDay, tuple[Movement, ...]], ...]
    waiting: tuple[Movement, ...]

    @property
    def movements(self) -> Iterator[Movement]:
        for _, moved in self.days:
            yield from moved
        yield from self.waiting


def read_tills(caller: Caller, registers: Collection[Register]) -> tuple[Till, ...]:
    """Every day of each register."""
    return tuple(_read_till(caller, *register) for register in sorted(registers))


def read_day(
    caller: Caller, clinic_id: str, register_id: str, on: date | str
) -> tuple[RegisterDay, tuple[Movement, ...]]:
    """A day with all of its movements."""
    path = f"/registers/{register_id}/days/{on}"
    movements: list[Movement] = []
    cursor: Json = {}
    while True:
        day = caller.get("cash-register", path, clinic_id=clinic_id, limit=PAGE, **cursor)
        movements += map(Movement.model_validate, day["movements"]["items"])
        if day["movements"]["next_cursor"] is None:
            return RegisterDay.model_validate(day), tuple(movements)
        cursor = {"cursor": day["movements"]["next_cursor"]}


def _read_till(caller: Caller, clinic_id: str, register_id: str) -> Till:
    path = f"/registers/{register_id}"
    days = [day["date"] for day in caller.pages("cash-register", f"{path}/days", clinic_id=clinic_id)]
    waiting = caller.pages("cash-register", f"{path}/waiting", clinic_id=clinic_id)
    return Till(
        clinic_id,
        register_id,
        tuple(read_day(caller, clinic_id, register_id, on) for on in days),
        tuple(map(Movement.model_validate, waiting)),
    )
