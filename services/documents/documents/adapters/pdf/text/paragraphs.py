"""A paragraph of any script as a flowable of reportlab: ordered by UAX 9, broken where its script may be."""

from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable
from xhtml2pdf.bidi import reorder

from documents.adapters.pdf.faces import BOLD, REGULAR
from documents.adapters.pdf.text.embedding import GlyphFont
from documents.adapters.pdf.text.faces import Face
from documents.adapters.pdf.text.plain import is_plain
from documents.adapters.pdf.text.shaping import UNITS, Run, Style, Word, base_of, split, words_of
from documents.adapters.pdf.text.writing import Writing

LEFT, CENTRE, RIGHT = 0, 1, 2
"""As reportlab numbers them."""
STROKE = 1 / 36
"""How thick the line round a glyph is that makes it bold, of its size."""
_FONTS: WeakKeyDictionary[Any, dict[str, GlyphFont]] = WeakKeyDictionary()
"""By document of reportlab."""
Span = tuple[str, Style]
Line = list[Run]


class TextBlock(Flowable):  # type: ignore[misc]
    """Paragraphs below each other, each of spans. `aligned` is where their lines begin or end: LEFT, CENTRE, RIGHT."""

    def __init__(
        self,
        paragraphs: Sequence[Sequence[Span]],
        *,
        leading: float,
        writing: Writing,
        aligned: int = LEFT,
        space_before: float = 0,
        space_after: float = 0,
    ) -> None:
        super().__init__()
        self._paragraphs = [words_in(spans, writing) for spans in paragraphs]
        self._leading, self._aligned, self._writing = leading, aligned, writing
        self._lines: list[Line] = []
        self.spaceBefore, self.spaceAfter = space_before, space_after

    def getSpaceBefore(self) -> float:  # noqa: N802
        return self.spaceBefore

    def getSpaceAfter(self) -> float:  # noqa: N802
        return self.spaceAfter

    def natural_width(self) -> float:
        """Of its longest paragraph, on one line."""
        return max((_width([run for word in words for run in word]) for words in self._paragraphs), default=0.0)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width = width
        self._lines = [line for words in self._paragraphs for line in _lines(words, width, self._writing)]
        self.height = self._leading * len(self._lines)
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Between two lines."""
        self.wrap(width, height)
        fits = int(height / self._leading)
        if not 0 < fits < len(self._lines):
            return []
        return [self._part(self._lines[:fits]), self._part(self._lines[fits:])]

    def _part(self, lines: Sequence[Line]) -> "TextBlock":
        part = TextBlock((), leading=self._leading, writing=self._writing, aligned=self._aligned)
        part._paragraphs = [[list(line)] if line else [] for line in lines]
        return part

    def draw(self) -> None:
        for number, line in enumerate(self._lines):
            shown = _without_blank_end(line)
            left = (self.width - _width(shown)) * self._aligned / RIGHT
            size = max((run.style.size for run in shown), default=0.0)
            y = self.height - self._leading * number - (self._leading - size) / 2 - size * 0.82
            draw_runs(self.canv, shown, left, y)


def words_in(spans: Sequence[Span], writing: Writing) -> list[Word]:
    """One paragraph."""
    text = "".join(part for part, _ in spans)
    return words_of(spans, base_of(text, writing.base), writing.han) if text else []


def width_of(text: str, style: Style, writing: Writing) -> float:
    """On one line, in points."""
    if is_plain(text):
        return float(stringWidth(text, BOLD if style.bold else REGULAR, style.size))
    return _width([run for word in words_in([(text, style)], writing) for run in word])


def draw_line(canvas: Any, text: str, style: Style, writing: Writing, x: float, y: float, aligned: int = LEFT) -> None:
    """On one line that begins, is centred or ends at `x`, with its letters on `y`."""
    x -= width_of(text, style, writing) * aligned / RIGHT
    if is_plain(text):
        canvas.setFont(BOLD if style.bold else REGULAR, style.size)
        canvas.setFillColor(style.colour)
        canvas.drawString(x, y, text)
        return
    draw_runs(canvas, [run for word in words_in([(text, style)], writing) for run in word], x, y)


def _lines(words: Sequence[Word], width: float, writing: Writing) -> Iterator[Line]:
    """As many words on each as fit, and at least a letter."""
    line: Line = []
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if _width(_without_blank_end([*line, *word])) <= width:
            line += word
        elif line:
            yield line
            line = []
            rest.append(word)
        else:
            front, back = split(word, width, writing.han)
            yield front
            if back:
                rest.append(back)
    yield line


def _without_blank_end(line: Line) -> Line:
    end = len(line)
    while end and line[end - 1].blank:
        end -= 1
    return line[:end]


def _width(runs: Sequence[Run]) -> float:
    return sum(run.width for run in runs)


def draw_runs(canvas: Any, runs: Sequence[Run], x: float, y: float) -> None:
    """One line, from `x` on, in the order that it is seen in (UAX 9, L2)."""
    for at in reorder([run.level for run in runs]):
        _draw(canvas, runs[at], x, y)
        x += runs[at].width


def _draw(canvas: Any, run: Run, x: float, y: float) -> None:
    font, style = _font(canvas, run.face, bold=run.style.bold), run.style
    canvas.setFillColor(style.colour)
    stroked = style.bold and not run.face.weighted
    operators = [f"BT /{font.name} {style.size:.2f} Tf 1 0 0 1 {x:.3f} {y:.3f} Tm"]
    if stroked:
        canvas.setStrokeColor(style.colour)
        operators.append(f"{style.size * STROKE:.3f} w 2 Tr")
    operators += _shown(font, run)
    operators.append("0 Tr ET" if stroked else "ET")
    canvas._code.append(" ".join(operators))


def _shown(font: GlyphFont, run: Run) -> Iterator[str]:
    """Glyph by glyph; a number moves the pen back by so many thousandths."""
    pen = drawn = rise = 0.0
    for glyph in run.glyphs:
        if abs(glyph.y - rise) > 0.5:
            rise = glyph.y
            yield f"{rise * run.style.size / UNITS:.3f} Ts"
        back = drawn - (pen + glyph.x)
        shift = f"{back:.1f} " if abs(back) > 0.5 else ""
        yield f"[{shift}<{font.code(glyph):04X}>] TJ"
        drawn = (drawn - float(shift) if shift else drawn) + font.width(glyph)
        pen += glyph.advance
    if rise:
        yield "0 Ts"


def _font(canvas: Any, face: Face, *, bold: bool) -> GlyphFont:
    document = canvas._doc
    fonts = _FONTS.setdefault(document, {})
    key = GlyphFont.key(face, bold=bold and face.weighted)
    if key not in fonts:
        fonts[key] = GlyphFont(document, face, bold=bold and face.weighted)
    return fonts[key]
