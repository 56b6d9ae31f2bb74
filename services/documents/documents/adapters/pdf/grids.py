"""Tables of lines: laid out by reportlab itself, since a table of HTML costs some twenty times as much a cell.

A column is as wide as the longest of what is in it, so that no amount and no code is broken; text takes the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from typing import Any, Literal

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from documents.adapters.pdf.faces import BOLD, REGULAR
from documents.adapters.pdf.sheets import MM
from documents.adapters.pdf.text.paragraphs import LEFT, RIGHT, TextBlock, width_of
from documents.adapters.pdf.text.plain import is_plain
from documents.adapters.pdf.text.shaping import Style
from documents.adapters.pdf.text.writing import Writing

INK, QUIET, RULE = "#1f2933", "#66717d", "#d5dbe0"
_INK, _QUIET, _RULE, _LINE, _WHITE = map(HexColor, (INK, QUIET, RULE, "#9aa5b1", "#ffffff"))
"""As reportlab keeps them: it reads a colour that is written out anew for each cell of a row."""
_kept = cache(HexColor)
SIZE, LEADING, HEAD_SIZE = 8.5, 11.5, 7.5
SIDE, ABOVE, BELOW = 1 * MM, 1.5 * MM, 1.1 * MM
LEAST_TEXT = 0.26
"""What of the width a column of text has at least."""
MOST_TEXT = 0.34
"""What of it such a column needs at most, where it has more."""
SMALLEST = 0.55
"""How small what does not fit may be written, of its usual size."""
MOST_CODE = 0.2
"""What of the width a column of codes has at most: a longer code is broken."""

Kind = Literal["text", "code", "amount"]
Emphasis = Literal["plain", "total", "due"]


@dataclass(frozen=True, slots=True)
class Column:
    """An `amount` is never broken, a `code` hardly ever; a `text` is, between its words."""

    title: str
    kind: Kind = "code"


@dataclass(frozen=True, slots=True)
class Cell:
    """Text with remarks below it, in small."""

    text: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """One row of the sums below the lines."""

    label: str
    amount: str
    emphasis: Emphasis = "plain"


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines with their sums, which stand on no page without the last line. Empty columns are left out; without any
    column it is the sums alone.

    `asides` stand beside the sums; `taxes` is a table of its own below them.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    sums: tuple[Sum, ...] = ()
    asides: tuple[str, ...] = ()
    taxes: "Grid | None" = None
    plain: bool = False


def grid_flowables(grid: Grid, width: float, writing: Writing, *, relaxed: bool = False) -> list[Flowable]:
    """The table in `width`. `relaxed` lets what is taller than a page go on on the next one: a row, and the taxes."""
    if not grid.columns:
        return _closing(grid, width, writing)
    if not relaxed or grid.taxes is None:
        return [_table(grid, width, writing, relaxed=relaxed)]
    apart, sums = Spacer(1, 5 * MM), replace(grid, taxes=None)
    return [_table(sums, width, writing, relaxed=True), apart, _table(grid.taxes, width, writing, relaxed=True)]


def _table(grid: Grid, width: float, writing: Writing, *, relaxed: bool = False) -> Table:
    shown = [at for at, _ in enumerate(grid.columns) if any(_text(row[at]) for row in grid.rows) or not grid.rows]
    if writing.base == "R":
        shown.reverse()
    columns = [grid.columns[at] for at in shown]
    rows = [[row[at] for at in shown] for row in grid.rows]
    widths, scale = _widths(columns, rows, width, writing)
    style = _style(columns, len(rows), scale, writing, plain=grid.plain)
    head = Style(HEAD_SIZE * scale, bold=True, colour=QUIET if grid.plain else "#ffffff")
    cells: list[list[object]] = [
        [_set(column.title, head, each, writing, column) for column, each in zip(columns, widths, strict=True)]
    ]
    cells += [
        [_cell(cell, column, each, scale, writing) for cell, column, each in zip(row, columns, widths, strict=True)]
        for row in rows
    ]
    if grid.sums or grid.taxes:
        cells.append([_closing(grid, width, writing), *[""] * (len(columns) - 1)])
        style += _closing_style(len(rows), relaxed=relaxed)
    return Table(cells, colWidths=widths, repeatRows=1, style=style, splitInRow=int(relaxed), hAlign="LEFT")


def _text(cell: str | Cell) -> str:
    return cell.text if isinstance(cell, Cell) else cell


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[str | Cell]], width: float, writing: Writing
) -> tuple[list[float], float]:
    """Of each column, and how small the text is to be for it to fit."""
    natural = [_natural(column, [row[at] for row in rows], width, writing) for at, column in enumerate(columns)]
    texts = [at for at, column in enumerate(columns) if column.kind == "text"]
    fixed = sum(each for at, each in enumerate(natural) if at not in texts)
    room = width * (1 - LEAST_TEXT * len(texts)) if texts else width
    scale = min(1.0, max(room / fixed, SMALLEST)) if fixed else 1.0
    widths = [each * scale for each in natural]
    left = max(width - fixed * scale, 0.0)
    if texts and (spare := left - MOST_TEXT * width * len(texts)) > 0:
        return _spread(widths, texts, left, spare), scale
    if not texts:
        return [each + left / len(widths) for each in widths], scale
    return [left / len(texts) if at in texts else each for at, each in enumerate(widths)], scale


def _spread(widths: Sequence[float], texts: Sequence[int], left: float, spare: float) -> list[float]:
    """A short table is as wide as a long one: half of what text does not need goes to the other columns."""
    others = len(widths) - len(texts)
    if not others:
        return [left / len(texts) for _ in widths]
    return [
        (left - spare / 2) / len(texts) if at in texts else each + spare / 2 / others for at, each in enumerate(widths)
    ]


def _natural(column: Column, cells: Sequence[str | Cell], width: float, writing: Writing) -> float:
    usual, head = Style(SIZE, bold=False, colour=INK), Style(HEAD_SIZE, bold=True, colour=INK)
    widest = max((width_of(text, usual, writing) for text in {_text(cell) for cell in cells}), default=0.0)
    most = width if column.kind == "amount" else width * MOST_CODE
    title = max(width_of(word, head, writing) for word in (column.title or " ").split(" "))
    return float(max(min(widest, most), title) + 2 * SIDE + 0.2)


def _cell(cell: str | Cell, column: Column, width: float, scale: float, writing: Writing) -> object:
    text, remarks = (cell.text, cell.remarks) if isinstance(cell, Cell) else (cell, ())
    usual = Style(SIZE * scale, bold=False, colour=INK)
    if not remarks:
        return _set(text, usual, width, writing, column)
    if all(is_plain(each) for each in (text, *remarks)) and writing.base == "L":
        small = "".join(f'<br/><font size="{8 * scale}" color="{QUIET}">{escape(remark)}</font>' for remark in remarks)
        return Paragraph(escape(text) + small, _paragraph(usual, right=column.kind == "amount"))
    below = [[(remark, Style(8 * scale, bold=False, colour=QUIET))] for remark in remarks]
    return TextBlock(
        [[(text, usual)], *below], leading=LEADING * scale, writing=writing, aligned=_aligned(column, writing)
    )


def _set(text: str, style: Style, width: float, writing: Writing, column: Column) -> object:
    """Plain text where it fits, since that is quick; a paragraph where it has to be broken or shaped."""
    plain = is_plain(text)
    if plain and width_of(text, style, writing) <= width - 2 * SIDE:
        return text
    if plain and writing.base == "L":
        return Paragraph(escape(text), _paragraph(style, right=column.kind == "amount"))
    leading = LEADING / SIZE * style.size
    return TextBlock([[(text, style)]], leading=leading, writing=writing, aligned=_aligned(column, writing))


def _aligned(column: Column, writing: Writing) -> int:
    """Amounts below each other, place by place; the rest where its reader begins."""
    return RIGHT if column.kind == "amount" or writing.base == "R" else LEFT


@cache
def _paragraph(style: Style, *, right: bool) -> ParagraphStyle:
    return ParagraphStyle(
        "cell",
        fontName=BOLD if style.bold else REGULAR,
        fontSize=style.size,
        leading=LEADING / SIZE * style.size,
        textColor=style.colour,
        alignment=2 * right,
    )


_ASIDE = Style(8, bold=False, colour=QUIET)


def _style(
    columns: Sequence[Column], rows: int, scale: float, writing: Writing, *, plain: bool
) -> list[tuple[object, ...]]:
    size, leading, head = SIZE * scale, LEADING * scale, HEAD_SIZE * scale
    style: list[tuple[object, ...]] = [
        ("FONT", (0, 0), (-1, 0), BOLD, head, head * 1.35),
        ("TEXTCOLOR", (0, 0), (-1, 0), _QUIET if plain else _WHITE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), SIDE),
        ("RIGHTPADDING", (0, 0), (-1, -1), SIDE),
        ("TOPPADDING", (0, 0), (-1, -1), 0.9 * MM if plain else ABOVE),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0.9 * MM if plain else BELOW),
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, _LINE) if plain else ("BACKGROUND", (0, 0), (-1, 0), _kept(writing.colour)),
    ]
    style += [
        ("ALIGN", (at, 0), (at, -1), "RIGHT") for at, column in enumerate(columns) if _aligned(column, writing) == RIGHT
    ]
    if rows:
        style += [
            ("FONT", (0, 1), (-1, rows), REGULAR, size, leading),
            ("TEXTCOLOR", (0, 1), (-1, rows), _INK),
        ]
        style += [] if plain else [("LINEBELOW", (0, 1), (-1, rows), 0.4, _RULE)]
    return style


def _closing_style(rows: int, *, relaxed: bool) -> list[tuple[object, ...]]:
    """The sums take the whole width, below the last line and never without it."""
    last = rows + 1
    style: list[tuple[object, ...]] = [
        ("SPAN", (0, last), (-1, last)),
        ("LEFTPADDING", (0, last), (-1, last), 0),
        ("RIGHTPADDING", (0, last), (-1, last), 0),
        ("TOPPADDING", (0, last), (-1, last), 4 * MM),
        ("BOTTOMPADDING", (0, last), (-1, last), 0),
    ]
    return style if relaxed or not rows else [*style, ("NOSPLIT", (0, rows), (-1, last))]


def _closing(grid: Grid, width: float, writing: Writing) -> list[Flowable]:
    """The sums at the end of the line with what is said beside them, then the taxes."""
    asides = [_aside(aside, writing) for aside in grid.asides]
    end = _sums_width(grid.sums, width, writing)
    row, widths = [asides or "", _sums(grid.sums, end, writing) if grid.sums else ""], [width - end, end]
    sides = [("VALIGN", (0, 0), (-1, -1), "TOP"), *_no_padding()]
    both = Table([_in_order(row, writing)], _in_order(widths, writing), style=sides)
    if grid.taxes is None:
        return [both]
    taxes = _table(grid.taxes, width, writing)
    return [both, Table([[taxes]], [width], style=[*_no_padding(), _above(5)])]


def _in_order(cells: list[Any], writing: Writing) -> list[Any]:
    """From the left, of what is told in the order of reading."""
    return cells if writing.base == "L" else cells[::-1]


def _aside(text: str, writing: Writing) -> Flowable:
    if is_plain(text) and writing.base == "L":
        return Paragraph(escape(text), _paragraph(_ASIDE, right=False))
    aligned = LEFT if writing.base == "L" else RIGHT
    return TextBlock([[(text, _ASIDE)]], leading=LEADING / SIZE * _ASIDE.size, writing=writing, aligned=aligned)


def _no_padding() -> list[tuple[object, ...]]:
    return [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]


def _above(millimetres: float) -> tuple[object, ...]:
    return ("TOPPADDING", (0, 0), (-1, 0), millimetres * MM)


def _sums_width(sums: Sequence[Sum], width: float, writing: Writing) -> float:
    widest = Style(11, bold=True, colour=INK)
    amount = max((width_of(each.amount, widest, writing) for each in sums), default=0.0)
    label = max((width_of(each.label, widest, writing) for each in sums), default=0.0)
    return min(max(0.44 * width, amount + min(label, 0.4 * width) + 5 * SIDE), width)


def _sums(sums: Sequence[Sum], width: float, writing: Writing) -> Table:
    widest = Style(11, bold=True, colour=INK)
    amounts = max(width_of(each.amount, widest, writing) for each in sums) + 2 * SIDE + 0.2
    label, amount = Column("", "text"), Column("", "amount")
    rows = [
        _in_order(
            [
                _set(each.label, _weight(each.emphasis, writing), width - amounts, writing, label),
                _set(each.amount, _weight(each.emphasis, writing), amounts, writing, amount),
            ],
            writing,
        )
        for each in sums
    ]
    style: list[tuple[object, ...]] = [
        ("FONT", (0, 0), (-1, -1), REGULAR, 9, 12.2),
        ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
        ("ALIGN", (1 if writing.base == "L" else 0, 0), (1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), SIDE),
        ("RIGHTPADDING", (0, 0), (-1, -1), SIDE),
        ("TOPPADDING", (0, 0), (-1, -1), 0.9 * MM),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0.9 * MM),
    ]
    for at, each in enumerate(sums):
        style += _emphasized(at, each.emphasis, writing)
    return Table(rows, _in_order([width - amounts, amounts], writing), style=style)


def _weight(emphasis: Emphasis, writing: Writing) -> Style:
    match emphasis:
        case "plain":
            return Style(9, bold=False, colour=INK)
        case "total":
            return Style(9, bold=True, colour=INK)
        case "due":
            return Style(11, bold=True, colour=writing.colour)


def _emphasized(at: int, emphasis: Emphasis, writing: Writing) -> list[tuple[object, ...]]:
    row = ((0, at), (-1, at))
    match emphasis:
        case "plain":
            return []
        case "total":
            return [("FONT", *row, BOLD, 9, 12.2), ("LINEABOVE", *row, 0.8, _INK)]
        case "due":
            return [
                ("FONT", *row, BOLD, 11, 14.5),
                ("TEXTCOLOR", *row, _kept(writing.colour)),
                ("LINEABOVE", *row, 0.8, _kept(writing.colour)),
                ("LINEBELOW", *row, 0.8, _kept(writing.colour)),
                ("TOPPADDING", *row, 1.6 * MM),
                ("BOTTOMPADDING", *row, 1.6 * MM),
            ]
