"""What is on the report of a register's day, in the language of the clinic's country."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.cash_register import DayClosed
from contracts.values import ActorRef
from documents.adapters.pdf.grids import Column, Grid, Sum
from documents.adapters.pdf.parties import Fact, Reader, local_reader
from documents.adapters.pdf.sheets import Sheet, size_for
from documents.facts import RegisterDayFacts

TEMPLATE = "register_day/1"


@dataclass(frozen=True, slots=True)
class RegisterDayView:
    """Everything the template shows."""

    words: Mapping[str, str]
    clinic: str
    clinic_address: tuple[str, ...]
    clinic_facts: tuple[Fact, ...]
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    grid: Grid
    reason: tuple[str, ...]
    sheet: Sheet


def register_day_view(facts: RegisterDayFacts) -> RegisterDayView:
    day = facts.day
    reader = local_reader(facts.country)
    return RegisterDayView(
        words=reader.words,
        clinic=facts.clinic,
        clinic_address=(),
        clinic_facts=(),
        recipient=(),
        facts=_facts(facts, reader),
        grid=_grid(day, reader),
        reason=tuple((day.variance_reason or "").splitlines()),
        sheet=_sheet(facts, reader),
    )


def _facts(facts: RegisterDayFacts, reader: Reader) -> tuple[Fact, ...]:
    day, words = facts.day, reader.words
    found = (
        (words["register"], day.register_id),
        (words["day"], reader.formats.day(day.date)),
        (words["opened_at"], _moment(day.opened_at, facts, reader)),
        (words["closed_at"], _moment(day.closed_at, facts, reader) if day.closed_at else None),
        (words["closed_by"], _person(day.closed_by)),
        (words["approved_at"], _moment(day.approved_at, facts, reader) if day.approved_at else None),
        (words["approved_by"], _person(day.approved_by)),
        (words["movements"], str(day.movement_count)),
        (words["late_movements"], str(day.late_count) if day.late_count else None),
    )
    return tuple((name, value) for name, value in found if value)


def _moment(at: datetime, facts: RegisterDayFacts, reader: Reader) -> str:
    local = at.astimezone(ZoneInfo(facts.time_zone)) if facts.time_zone else at
    return f"{reader.formats.day(local.date())}, {local:%H:%M}"


def _person(actor: ActorRef | None) -> str | None:
    return (actor.name or actor.actor_id) if actor else None


def _grid(day: DayClosed, reader: Reader) -> Grid:
    words, formats = reader.words, reader.formats
    rows = (
        (words["opening"], formats.bare(day.opening)),
        (words["cash_in"], formats.bare(day.cash_in)),
        (words["cash_out"], formats.bare(-day.cash_out)),
    )
    sums = [Sum(words["expected"], formats.amount(day.expected), "total")]
    sums += [Sum(words["counted"], formats.amount(day.counted), "due")] if day.counted else []
    sums += [Sum(words["variance"], formats.amount(day.variance))] if day.variance else []
    columns = (Column(words["cash"], "text"), Column(words["sum"], "amount"))
    return Grid(columns, rows, tuple(sums), (words["all_amounts_in"].format(currency=day.currency),))


def _sheet(facts: RegisterDayFacts, reader: Reader) -> Sheet:
    day = facts.day
    named = f"{reader.words['day_report']} {day.register_id}, {reader.formats.day(day.date)}"
    return Sheet(
        size=size_for(reader.home),
        language=reader.language,
        title=named,
        author=facts.clinic,
        foot=f"{facts.clinic} · {named}",
        page=reader.words["page"],
        stamp=None,
        epoch_s=int(day.changed_at.timestamp()),
    )
