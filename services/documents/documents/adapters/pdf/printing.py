"""HTML and its tables of lines, on paper: one pass, whatever the number of pages.

xhtml2pdf makes the story of the HTML; where a template has put a mark, a table of lines takes its place, or what is
between two marks is kept together on one page. The number of all pages is known at the end: each page refers to a foot
that is drawn then.
"""

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.platypus import Flowable, KeepTogether, Spacer
from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf.builders.printmarks import MarkedCanvas
from xhtml2pdf.config.resources import ResourceAccessPolicy, use_policy
from xhtml2pdf.context import pisaContext
from xhtml2pdf.document import pisaStory
from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc, PmlFrame, PmlPageTemplate

from documents.adapters.pdf.faces import FAMILY, REGULAR
from documents.adapters.pdf.grids import QUIET, RULE, Grid, grid_flowables
from documents.adapters.pdf.sheets import MM, PAPERS, Paper, Sheet
from documents.adapters.pdf.text.paragraphs import CENTRE, LEFT, RIGHT, draw_line, width_of
from documents.adapters.pdf.text.shaping import Style
from documents.adapters.pdf.text.story import in_scripts
from documents.adapters.pdf.text.writing import Writing

GRID, KEEP, KEPT = 0.015625, 0.03125, 0.046875
"""Heights in points of the spacers that stand for a table, and for where a part begins and ends that is kept together.

No text can make one: it is escaped.
"""
STAMP_SIZE = 84.0
STAMP_INK = "#e6d3d3"
_FOOTER_LEADING = 3 * MM
"""Three lines of the clinic's own have their place below the foot of every page."""
_FOOT = Style(7.5, bold=False, colour=QUIET)


class NotPrinted(Exception):
    """xhtml2pdf reported errors."""


def mark(height: float) -> str:
    return f'<pdf:spacer height="{height}pt">'


def print_pages(html: str, grids: Sequence[Grid], sheet: Sheet, base: Path, within_s: float) -> tuple[bytes, int]:
    """The PDF and the number of its pages. Raises NotPrinted, and whatever xhtml2pdf raises.

    Nothing below another folder than `base` can be read while it prints, and nothing at all over the network.
    """
    os.environ["SOURCE_DATE_EPOCH"] = str(sheet.epoch_s)
    policy = ResourceAccessPolicy.server(base_dir=base, allow_remote=False, max_render_seconds=within_s)
    paper, writing = PAPERS[sheet.size], sheet.writing
    with use_policy(policy):
        if sheet.size == "80mm":
            paper = _cut(paper, _Document(io.BytesIO(), sheet, paper), _story(html, grids, paper, policy, writing))
        try:
            return _build(sheet, paper, _story(html, grids, paper, policy, writing))
        except LayoutError:
            return _build(sheet, paper, _story(html, grids, paper, policy, writing, relaxed=True))


def _build(sheet: Sheet, paper: Paper, story: list[Flowable]) -> tuple[bytes, int]:
    out = io.BytesIO()
    document = _Document(out, sheet, paper)
    document.build(story, canvasmaker=_FootedCanvas)
    return out.getvalue(), document.page


def _cut(paper: Paper, document: "_Document", story: list[Flowable]) -> Paper:
    """A slip ends where its text does."""
    document.build(story, canvasmaker=_FootedCanvas)
    used = paper.height - paper.top - document.lowest
    return Paper(paper.width, paper.top + used + paper.bottom, paper.left, paper.right, paper.top, paper.bottom)


def _story(
    html: str,
    grids: Sequence[Grid],
    paper: Paper,
    policy: ResourceAccessPolicy,
    writing: Writing,
    *,
    relaxed: bool = False,
) -> list[Flowable]:
    context = pisaContext("")
    context.fontList[FAMILY] = REGULAR
    pisaStory(html, context=context, resource_policy=policy)
    if context.err:
        raise NotPrinted(str(context.err))
    tables = (grid_flowables(grid, paper.text_width, writing, relaxed=relaxed) for grid in grids)
    endless = paper.width == PAPERS["80mm"].width
    return list(_kept_together(_with_tables(in_scripts(context.story, writing), tables), endless=endless))


def _with_tables(story: Iterable[Flowable], tables: Iterator[list[Flowable]]) -> Iterator[Flowable]:
    for flowable in story:
        yield from next(tables) if _is_mark(flowable, GRID) else (flowable,)


def _kept_together(story: Iterable[Flowable], *, endless: bool) -> Iterator[Flowable]:
    """On endless paper there is no other page that a part could go to as a whole."""
    kept: list[Flowable] | None = None
    for flowable in story:
        if endless and (_is_mark(flowable, KEEP) or _is_mark(flowable, KEPT)):
            continue
        if _is_mark(flowable, KEEP):
            kept = []
        elif _is_mark(flowable, KEPT):
            yield KeepTogether(kept or [])
            kept = None
        elif kept is not None:
            kept.append(flowable)
        else:
            yield flowable


def _is_mark(flowable: Flowable, height: float) -> bool:
    return type(flowable) is Spacer and flowable.height == height


class _Document(PmlBaseDoc):  # type: ignore[misc]
    """Pages of one size, with a stamp below what is on them, and a foot."""

    def __init__(self, out: io.BytesIO, sheet: Sheet, paper: Paper) -> None:
        super().__init__(
            out,
            pagesize=(paper.width, paper.height),
            title=sheet.title,
            subject=sheet.title,
            author=sheet.author,
            lang=sheet.language,
            # A face of ours: reportlab begins each page in it, and none of its own is embedded.
            initialFontName=REGULAR,
        )
        self._sheet, self._paper = sheet, paper
        self.lowest = paper.height
        frame = PmlFrame(
            paper.left,
            paper.bottom,
            paper.text_width,
            paper.text_height,
            id="body",
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        self.addPageTemplates([PmlPageTemplate(id="body", frames=[frame], pagesize=(paper.width, paper.height))])

    def beforePage(self) -> None:  # noqa: N802
        super().beforePage()
        if self._sheet.stamp is not None:
            _stamp(self.canv, self._sheet.stamp, self._paper, self._sheet.writing)

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802
        super().afterFlowable(flowable)
        if self.frame is not None:
            self.lowest = self.frame._y

    def afterPage(self) -> None:  # noqa: N802
        if self._sheet.size != "80mm":
            self.canv.refer_to_foot(self._sheet, self._paper)


def _stamp(canvas: MarkedCanvas, text: str, paper: Paper, writing: Writing) -> None:
    """From corner to corner, as large as fits."""
    style = Style(STAMP_SIZE, bold=True, colour=STAMP_INK)
    size = min(STAMP_SIZE, STAMP_SIZE * 0.9 * paper.width / width_of(text, style, writing))
    canvas.saveState()
    canvas.translate(paper.width / 2, paper.height / 2 if paper.height < 1200 else paper.height - 200)
    canvas.rotate(52 if paper.height > paper.width * 1.2 else 30)
    draw_line(canvas, text, replace(style, size=size), writing, 0, -size / 3, CENTRE)
    canvas.restoreState()


class _FootedCanvas(MarkedCanvas):  # type: ignore[misc]
    """Draws the feet when the number of pages is known, which is when it is saved."""

    _foot: tuple[Sheet, Paper] | None = None
    _pages = 0

    def setFont(self, psfontname: str, size: float, leading: float | None = None) -> None:  # noqa: N802
        """Never a face of reportlab's own, which nothing embeds: it sets one for cells that set another themselves."""
        super().setFont(psfontname if getFont(psfontname)._dynamicFont else REGULAR, size, leading)

    def refer_to_foot(self, sheet: Sheet, paper: Paper) -> None:
        self._foot, self._pages = (sheet, paper), self._pages + 1
        self.doForm(f"foot-{self._pages}")

    def save(self) -> None:
        for page in range(1, self._pages + 1) if self._foot else ():
            self.beginForm(f"foot-{page}")
            self._draw_foot(page)
            self.endForm()
        super().save()

    def _draw_foot(self, page: int) -> None:
        if self._foot is None:
            return
        sheet, paper = self._foot
        right, top = paper.width - paper.right, 19 * MM
        self.setStrokeColor(RULE)
        self.setLineWidth(0.4)
        self.line(paper.left, top, right, top)
        number, y, writing = sheet.page.format(page=page, pages=self._pages), top - 4 * MM, sheet.writing
        room = paper.text_width - width_of(number, _FOOT, writing) - 4 * MM
        sides = ((paper.left, LEFT), (right, RIGHT))
        starts, ends = sides if writing.base == "L" else sides[::-1]
        draw_line(self, number, _FOOT, writing, ends[0], y, ends[1])
        draw_line(self, _shortened(sheet.foot, room, writing), _FOOT, writing, starts[0], y, starts[1])
        for nth, line in enumerate(sheet.footer, 1):
            shown, below = _shortened(line, paper.text_width, writing), y - nth * _FOOTER_LEADING
            draw_line(self, shown, _FOOT, writing, (paper.left + right) / 2, below, CENTRE)


def _shortened(text: str, room: float, writing: Writing) -> str:
    """With an ellipsis where it is longer than its room."""
    if width_of(text, _FOOT, writing) <= room:
        return text
    while text and width_of(f"{text}…", _FOOT, writing) > room:
        text = text[:-1]
    return f"{text}…"
