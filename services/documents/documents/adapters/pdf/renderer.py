"""Facts, view, template, PDF. Imported by worker processes only."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from documents.adapters.labels import isolated
from documents.adapters.pdf.archive import Description
from documents.adapters.pdf.credit_note import view as credit_notes
from documents.adapters.pdf.faces import register
from documents.adapters.pdf.finishing import finished
from documents.adapters.pdf.fonts import FontsFailed, faces
from documents.adapters.pdf.grids import Cell, Column, Grid, Sum
from documents.adapters.pdf.invoice import view as invoices
from documents.adapters.pdf.letters import view as letters
from documents.adapters.pdf.printing import GRID, KEEP, KEPT, mark, print_pages
from documents.adapters.pdf.receipt import view as receipts
from documents.adapters.pdf.register_day import view as register_days
from documents.adapters.pdf.sheets import Sheet
from documents.adapters.pdf.statement import view as statements
from documents.adapters.pdf.submission import view as submissions
from documents.adapters.pdf.text.plain import settable
from documents.adapters.pdf.text.story import veiled
from documents.adapters.pdf.text.writing import COLOUR
from documents.adapters.xml.e_invoices import credit_note_xml, invoice_xml
from documents.domain.documents.document import SheetKind
from documents.facts import (
    PLAIN_LOOK,
    CreditNoteFacts,
    InstalmentPlanFacts,
    InvoiceFacts,
    Look,
    ReceiptSheets,
    RegisterDayFacts,
    ReminderFacts,
    StatementFacts,
    SubmissionFacts,
)

HERE = Path(__file__).parent
LOGO_WIDTH, LOGO_HEIGHT = 200.0, 52.0
"""The place of a logo, in points."""
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\ufeff\ufffe\uffff]+")
# What turns the direction of the text that follows: no name needs it, a forger may. Formats and phrases do.
_TURNING = re.compile("[\u061c\u200e\u200f\u2066-\u2069]+")


class View(Protocol):
    """What a template shows, and on which sheets."""

    @property
    def sheet(self) -> Sheet: ...


class Rendered(NamedTuple):
    """A PDF, how many pages it has, the version of the template that it was made with, codes of what it lacks, and the
    XML that is in it.
    """

    content: bytes
    pages: int
    template: str
    lacks: tuple[str, ...]
    e_invoice: bytes | None


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind is made: its facts (JSON) to a view, and the view to HTML. `version` is that of the two."""

    version: str
    view: Callable[[bytes], View]
    template: str


def _invoice(facts: bytes) -> View:
    shown = InvoiceFacts.model_validate_json(facts)
    return invoices.invoice_view(shown.invoice, shown.supplements, shown.clinic)


def _credit_note(facts: bytes) -> View:
    return credit_notes.credit_note_view(CreditNoteFacts.model_validate_json(facts))


def _receipt(facts: bytes) -> View:
    return receipts.receipt_view(ReceiptSheets.model_validate_json(facts))


def _statement(facts: bytes) -> View:
    return statements.statement_view(StatementFacts.model_validate_json(facts))


def _register_day(facts: bytes) -> View:
    return register_days.register_day_view(RegisterDayFacts.model_validate_json(facts))


def _submission(facts: bytes) -> View:
    return submissions.submission_view(SubmissionFacts.model_validate_json(facts))


def _reminder(facts: bytes) -> View:
    return letters.reminder_view(ReminderFacts.model_validate_json(facts))


def _instalment_plan(facts: bytes) -> View:
    return letters.instalment_plan_view(InstalmentPlanFacts.model_validate_json(facts))


LAYOUTS: dict[SheetKind, Layout] = {
    "invoice": Layout(invoices.TEMPLATE, _invoice, "invoice/template.html"),
    "credit_note": Layout(credit_notes.TEMPLATE, _credit_note, "credit_note/template.html"),
    "receipt": Layout(receipts.TEMPLATE, _receipt, "receipt/template.html"),
    "register_day": Layout(register_days.TEMPLATE, _register_day, "register_day/template.html"),
    "statement": Layout(statements.TEMPLATE, _statement, "statement/template.html"),
    "submission": Layout(submissions.TEMPLATE, _submission, "submission/template.html"),
    "reminder": Layout(letters.REMINDER, _reminder, "letters/template.html"),
    "instalment_plan": Layout(letters.PLAN, _instalment_plan, "letters/template.html"),
}


def _invoice_xml(facts: bytes, view: View) -> bytes | None:
    """Neither a draft nor what is void has one."""
    shown = InvoiceFacts.model_validate_json(facts)
    if shown.invoice.number is None or shown.invoice.status == "void":
        return None
    drawn = view if isinstance(view, invoices.InvoiceView) else None
    return invoice_xml(shown.invoice, view=drawn, supplements=shown.supplements)


def _credit_note_xml(facts: bytes, view: View) -> bytes:
    return credit_note_xml(CreditNoteFacts.model_validate_json(facts).credit_note)


E_INVOICES: dict[SheetKind, Callable[[bytes, View], bytes | None]] = {
    "invoice": _invoice_xml,
    "credit_note": _credit_note_xml,
}
"""The kinds that have an electronic invoice in them."""


class DocumentRenderer:
    """Renders one document at a time. The same facts give the same bytes."""

    def __init__(self, font_dir: Path) -> None:
        found = faces(font_dir)
        if found is None:
            raise FontsFailed(f"there are no faces in {font_dir}")
        register(found)
        self._font_dir = font_dir
        self._replaced = 0
        self._environment = Environment(
            loader=FileSystemLoader([HERE / "templates", HERE]),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=self._printable,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {"keep": Markup(mark(KEEP)), "kept": Markup(mark(KEPT))}
        self._environment.filters["isolated"] = isolated

    def render(self, kind: SheetKind, facts: bytes, within_s: float, look: Look = PLAIN_LOOK) -> Rendered:
        """As the clinic's paper looks. Raises ValueError for facts that are none of the kind, NotPrinted, and whatever
        xhtml2pdf raises.
        """
        layout = LAYOUTS[kind]
        facts = without_turns(facts)
        view = layout.view(facts)
        self._replaced = 0
        sheet = self._sheet(view.sheet.looking(look))
        printed, pages = self._print(layout, view, sheet, look, within_s)
        about = Description(sheet.title, sheet.author, sheet.language, datetime.fromtimestamp(sheet.epoch_s, UTC))
        e_invoice = E_INVOICES.get(kind)
        made = finished(printed, about, partial(e_invoice, facts, view) if e_invoice else None)
        unknown = (f"glyphs: {self._replaced} written in Latin letters",) if self._replaced else ()
        return Rendered(made.content, pages, layout.version, (*made.lacks, *unknown), made.e_invoice)

    def _print(self, layout: Layout, view: View, sheet: Sheet, look: Look, within_s: float) -> tuple[bytes, int]:
        """What it is made of is gone when it is made: what follows takes as much memory again."""
        grids: list[Grid] = []

        def grid(shown: Grid) -> Markup:
            grids.append(self._grid(shown))
            return Markup(mark(GRID))

        html = self._environment.get_template(layout.template).render(v=view, grid=grid, **_looks(look))
        return print_pages(html, grids, sheet, self._font_dir, within_s)

    def _printable(self, value: object) -> object:
        return veiled(self._clean(value)) if isinstance(value, str) and not isinstance(value, Markup) else value

    def _clean(self, text: str) -> str:
        """As the faces have it: composed (NFC), without what cannot be seen."""
        if text.isascii() and text.isprintable():
            return text
        written, replaced = settable(unicodedata.normalize("NFC", _UNPRINTABLE.sub(" ", text)))
        self._replaced += replaced
        return written

    def _grid(self, grid: Grid) -> Grid:
        """All its texts: they do not go through the template."""
        clean = self._clean
        return Grid(
            tuple(Column(clean(column.title), column.kind) for column in grid.columns),
            tuple(tuple(self._cell(cell) for cell in row) for row in grid.rows),
            tuple(Sum(clean(each.label), clean(each.amount), each.emphasis) for each in grid.sums),
            tuple(clean(aside) for aside in grid.asides),
            self._grid(grid.taxes) if grid.taxes else None,
            grid.plain,
        )

    def _cell(self, cell: str | Cell) -> str | Cell:
        if isinstance(cell, Cell):
            return Cell(self._clean(cell.text), tuple(self._clean(remark) for remark in cell.remarks))
        return self._clean(cell)

    def _sheet(self, sheet: Sheet) -> Sheet:
        stamp = None if sheet.stamp is None else self._clean(sheet.stamp)
        title, author = (_TURNING.sub("", self._clean(each)) for each in (sheet.title, sheet.author))
        foot, footer = self._clean(sheet.foot), tuple(self._clean(_TURNING.sub("", line)) for line in sheet.footer)
        return replace(sheet, title=title, author=author, foot=foot, footer=footer, stamp=stamp)


def _looks(look: Look) -> dict[str, object]:
    """What the templates show of it: a logo fills its place in one direction."""
    scale = min(LOGO_WIDTH / max(look.logo_width, 1), LOGO_HEIGHT / max(look.logo_height, 1))
    size = (round(look.logo_width * scale, 1), round(look.logo_height * scale, 1))
    return {"look": look, "colour": look.colour or COLOUR, "logo_size": size}


def without_turns(facts: bytes) -> bytes:
    """JSON, in which no value turns the direction of what stands beside it."""
    text = facts.decode()
    if "\\u" in text:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return _TURNING.sub("", text).encode()
