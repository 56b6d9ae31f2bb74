"""A register: which of its days is open, and what happens to cash while none is."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Never

from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Cash
from cash_register.domain.days.day import CashRecorded, Day
from cash_register.domain.days.totals import ZReport
from cash_register.domain.registers.takings import Taking, Takings, put, takings_in
from kernel.change import Change
from kernel.errors import Conflict
from kernel.ids import derived_id
from kernel.money import Money
from kernel.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Register:
    """`version` rises when a day opens or closes, when cash begins to wait, and when the register is configured.

    All of these write the same document, so that of two at once one sees what the other did.
    A register has no events of its own: its days have. `z_number` is the last Z report's, `turnovers` are what was paid
    less what was refunded on all days that were closed with one, in each currency. `takings` is what was taken beside
    cash, in each currency.
    """

    register_id: str
    clinic_id: str
    version: int = 0
    open_day_id: str | None = None
    z_number: int = 0
    turnovers: tuple[Money, ...] = ()
    takings: tuple[Takings, ...] = ()

    def turnover(self, currency: str) -> Money | None:
        """In the currency; None before the first day in it was closed."""
        return next((total for total in self.turnovers if total.currency == currency), None)

    @property
    def key(self) -> str:
        return register_key(self.clinic_id, self.register_id)


@dataclass(frozen=True, slots=True)
class Collected:
    """What cash did, in order: `days` are those that took some, by id; `waiting` is what none took."""

    days: Mapping[str, Day]
    waiting: tuple[Cash, ...]


def register_key(clinic_id: str, register_id: str) -> str:
    """Clinics name their registers as they like: a register is known by both."""
    return derived_id("reg", clinic_id, register_id)


def begin_day(register: Register, day_id: str) -> Outcome[Register, Never]:
    """Raises Conflict while another day is open."""
    if register.open_day_id is not None:
        raise Conflict("day-already-open", f"{register.open_day_id} is still open: close it first")
    return Outcome(replace(register, version=register.version + 1, open_day_id=day_id))


def end_day(register: Register, z_report: ZReport | None = None) -> Outcome[Register, Never]:
    """With the report that the day was closed with; None for one that was cancelled."""
    ended = replace(register, version=register.version + 1, open_day_id=None)
    if z_report is None:
        return Outcome(ended)
    others = [total for total in register.turnovers if total.currency != z_report.grand_total.currency]
    reported = takings_in(register.takings, z_report.grand_total.currency).after_report()
    takings = put(register.takings, reported) if reported.last else register.takings
    turnovers = (*others, z_report.grand_total)
    return Outcome(replace(ended, z_number=z_report.number, turnovers=turnovers, takings=takings))


def take(register: Register, several: Iterable[Taking]) -> tuple[Register, list[Taking]]:
    """What was taken beside cash, each with its number."""
    takings, numbered = register.takings, list[Taking]()
    for taking in several:
        after = takings_in(takings, taking.amount.currency).plus(taking)
        takings = put(takings, after)
        numbered.append(replace(taking, number=after.last))
    return replace(register, version=register.version + 1, takings=takings), numbered


def begin_waiting(register: Register) -> Outcome[Register, Never]:
    """Cash waits for the register's next day."""
    return Outcome(replace(register, version=register.version + 1))


def begin_settings(register: Register) -> Outcome[Register, Never]:
    """The register has new settings: no day is opened by the old ones any more."""
    return Outcome(replace(register, version=register.version + 1))


def collect(
    arrivals: Iterable[Cash], open_days: Iterable[Day], known: Collection[str], at: datetime
) -> Outcome[Collected, CashRecorded]:
    """Each movement once: on the open day of its register, or waiting for one that takes it.

    `known` are the ids of movements that are on the books or waiting already.
    """
    days = {register_key(day.clinic_id, day.register_id): day for day in open_days}
    seen = set(known)
    recorded: list[CashRecorded] = []
    waiting: list[Cash] = []
    for cash in arrivals:
        if cash.movement_id in seen:
            continue
        seen.add(cash.movement_id)
        key = register_key(cash.clinic_id, cash.register_id)
        day = days.get(key)
        if day is None or not day.takes(cash):
            waiting.append(cash)
            continue
        outcome = record(day, cash, Change(at, cash.by))
        days[key] = outcome.state
        recorded += outcome.events
    changed = {event.day.day_id: event.day for event in recorded}
    return Outcome(Collected(changed, tuple(waiting)), tuple(recorded))
