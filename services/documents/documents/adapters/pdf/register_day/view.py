"""What is on the report of a register's day, in the language of the clinic's country."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from contracts.cash_register import DayClosed
from contracts.values import ActorRef
from documents.adapters.pdf.grids import Column, Grid, Sum
from documents.adapters.pdf.parties import Fact, Letterhead, Reader, known, letterhead, local_reader
from documents.adapters.pdf.register_day.totals import Section, drawer_rows, sections
from documents.adapters.pdf.sheets import Sheet, sheet_for
from documents.facts import RegisterDayFacts
from kernel.money import Money

TEMPLATE = "register_day/2"


@dataclass(frozen=True, slots=True)
class RegisterDayView:
    """Everything the template shows. `reasons` are explanations with their headings."""

    words: Mapping[str, str]
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    grid: Grid
    sections: tuple[Section, ...]
    reasons: tuple[tuple[str, tuple[str, ...]], ...]
    sheet: Sheet


def register_day_view(facts: RegisterDayFacts) -> RegisterDayView:
    day = facts.day
    reader = local_reader(facts.country)
    words = reader.words
    head = letterhead(None, reader, facts.clinic)
    number = f" {day.z_report.number}" if day.z_report else ""
    title = f"{words['day_report']}{number} {day.register_id}, {reader.formats.day(day.date)}"
    explained = (
        (words["opening_reason"], day.opening_reason),
        (words["variance_reason"], day.variance_reason),
    )
    return RegisterDayView(
        words=words,
        head=head,
        recipient=(),
        facts=_facts(facts, reader),
        grid=_grid(day, reader),
        sections=sections(day, reader),
        reasons=tuple((label, tuple(text.splitlines())) for label, text in explained if text),
        sheet=sheet_for(reader, head, title, day.changed_at),
    )


def _facts(facts: RegisterDayFacts, reader: Reader) -> tuple[Fact, ...]:
    day, words = facts.day, reader.words
    moment = partial(reader.formats.moment, zone=facts.time_zone)
    return known(
        (words["z_number"], str(day.z_report.number) if day.z_report else None),
        (words["register"], day.register_id),
        (words["day"], reader.formats.day(day.date)),
        (words["opened_at"], moment(day.opened_at)),
        (words["opened_by"], _person(day.opened_by)),
        (words["closed_at"], moment(day.closed_at) if day.closed_at else None),
        (words["closed_late"], words["closed_late_yes"] if day.closed_late else None),
        (words["closed_by"], _person(day.closed_by)),
        (words["expected"], words["expected_was_known"] if day.counted_blind is False else None),
        (words["approved_at"], moment(day.approved_at) if day.approved_at else None),
        (words["approved_by"], _person(day.approved_by or day.opening_approved_by)),
        (words["receipts"], _receipts(day, reader)),
        (words["movements"], str(day.movement_count)),
        (words["late_movements"], str(day.late_count) if day.late_count else None),
    )


def _receipts(day: DayClosed, reader: Reader) -> str | None:
    if day.z_report is None or day.z_report.totals.first_receipt is None:
        return None
    totals = day.z_report.totals
    return reader.words["receipts_range"].format(first=totals.first_receipt, last=totals.last_receipt)


def _person(actor: ActorRef | None) -> str | None:
    return (actor.name or actor.actor_id) if actor else None


def _grid(day: DayClosed, reader: Reader) -> Grid:
    """The drawer: how the day began, what moved by category, and what was counted."""
    words, formats = reader.words, reader.formats

    def sums(*named: tuple[str, Money | None]) -> list[Sum]:
        return [Sum(words[name], formats.amount(amount)) for name, amount in named if amount is not None]

    below = [Sum(words["expected"], formats.amount(day.expected), "total")]
    below += [Sum(words["counted"], formats.amount(day.counted), "due")] if day.counted else []
    below += sums(("variance", day.variance), ("deposit", day.deposit), ("left_in_drawer", day.left))
    asides = [words["all_amounts_in"].format(currency=day.currency)]
    asides += [words["difference_open"]] if day.awaiting_approval else []
    columns = (
        Column(words["drawer"], "text"),
        Column(words["count"], "amount"),
        Column(words["into"], "amount"),
        Column(words["out_of"], "amount"),
        Column(words["balance_of"], "amount"),
    )
    return Grid(columns, drawer_rows(day, reader), tuple(below), tuple(asides))
