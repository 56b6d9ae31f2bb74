"""What is on the report of a register's day, in the language of the clinic's country."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from contracts.cash_register import DayClosed
from contracts.values import ActorRef
from documents.adapters.pdf.grids import Column, Grid, Sum
from documents.adapters.pdf.parties import Fact, Letterhead, Reader, known, letterhead, local_reader
from documents.adapters.pdf.sheets import Sheet, sheet_for
from documents.facts import RegisterDayFacts

TEMPLATE = "register_day/1"


@dataclass(frozen=True, slots=True)
class RegisterDayView:
    """Everything the template shows."""

    words: Mapping[str, str]
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    grid: Grid
    reason: tuple[str, ...]
    sheet: Sheet


def register_day_view(facts: RegisterDayFacts) -> RegisterDayView:
    day = facts.day
    reader = local_reader(facts.country)
    head = letterhead(None, reader, facts.clinic)
    title = f"{reader.words['day_report']} {day.register_id}, {reader.formats.day(day.date)}"
    return RegisterDayView(
        words=reader.words,
        head=head,
        recipient=(),
        facts=_facts(facts, reader),
        grid=_grid(day, reader),
        reason=tuple((day.variance_reason or "").splitlines()),
        sheet=sheet_for(reader, head, title, day.changed_at),
    )


def _facts(facts: RegisterDayFacts, reader: Reader) -> tuple[Fact, ...]:
    day, words = facts.day, reader.words
    moment = partial(reader.formats.moment, zone=facts.time_zone)
    return known(
        (words["register"], day.register_id),
        (words["day"], reader.formats.day(day.date)),
        (words["opened_at"], moment(day.opened_at)),
        (words["closed_at"], moment(day.closed_at) if day.closed_at else None),
        (words["closed_by"], _person(day.closed_by)),
        (words["approved_at"], moment(day.approved_at) if day.approved_at else None),
        (words["approved_by"], _person(day.approved_by)),
        (words["movements"], str(day.movement_count)),
        (words["late_movements"], str(day.late_count) if day.late_count else None),
    )


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
