"""From text to glyphs: runs of one direction, face and style, shaped by HarfBuzz; breaks between them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

import uharfbuzz as hb
from xhtml2pdf.bidi import CONTROL_CHARS, display_order

from documents.adapters.pdf.text.faces import COMMON, HAN, LATIN, Face, face_of, script_of

UNITS = 1000
"""Widths are in thousandths of the size of the text."""
_OPENING = frozenset("([{«‹“‘「『（【〈《")  # noqa: RUF001
_CLOSING = frozenset(")]}»›”’」』）】〉》、。，．：；！？・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ")  # noqa: RUF001
"""What stands at the end of no line, and at the beginning of none (JIS X 4051)."""
_STRONG = {"L": "L", "R": "R", "AL": "R"}
_ISOLATED = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")


@dataclass(frozen=True, slots=True)
class Style:
    """How a run looks; the colour is any that reportlab takes."""

    size: float
    bold: bool
    colour: object


@dataclass(frozen=True, slots=True)
class Glyph:
    """Drawn at the pen, moved by `x` and `y`; the pen then advances. `text` is what it stands for.

    Those of a cluster, numbered by the place of its first character, are never parted.
    """

    number: int
    advance: float
    x: float
    y: float
    text: str
    cluster: int


@dataclass(frozen=True, slots=True)
class Run:
    """Glyphs in the order they are drawn in, left to right; `width` in points."""

    text: str
    face: Face
    style: Style
    level: int
    glyphs: tuple[Glyph, ...]
    width: float

    @property
    def blank(self) -> bool:
        return self.text.isspace()


_KANA = frozenset({"Hira", "Kana"})
Word = list[Run]
"""What stands on one line; its blank end counts for nothing at the end of one."""


def base_of(text: str, base: str) -> str:
    """The direction of a paragraph in a document of direction `base`: that of its letters, if they are of one.

    What is isolated says nothing; what has no letter, as a telephone number, is read from left to right.
    """
    found = {_STRONG.get(unicodedata.bidirectional(character)) for character in _ISOLATED.sub("", text)} - {None}
    if base in found or not text.strip():
        return base
    return "L" if not found else next(iter(found)) or base


def words_of(spans: Sequence[tuple[str, Style]], base: str, language: str) -> list[Word]:
    """One paragraph, in the order it is read in. `base` is its direction; `language` that of ideographs."""
    text = "".join(part for part, _ in spans)
    styles = [style for part, style in spans for _ in part]
    levels = display_order(text, base)[1]
    language = "ja" if not _KANA.isdisjoint(_kinds(text)) else language
    words: list[Word] = [[]]
    for start, end in _pieces(text, levels, styles):
        piece, style = text[start:end], styles[start]
        for face, part in _by_face(piece):
            words[-1].append(run_of(part, face, style, levels[start], language))
        if end in _breaks(text):
            words.append([])
    return [word for word in words if word]


def _pieces(text: str, levels: Sequence[int], styles: Sequence[Style]) -> Iterator[tuple[int, int]]:
    """Runs of one level, style and kind of script, of letters or of blanks only, none across a break."""
    breaks, start = _breaks(text), 0
    kinds = _kinds(text)
    for at in range(1, len(text) + 1):
        if at < len(text) and at not in breaks and _alike(at, text, levels, styles, kinds):
            continue
        yield start, at
        start = at


def _alike(at: int, text: str, levels: Sequence[int], styles: Sequence[Style], kinds: Sequence[str]) -> bool:
    alike = text[at].isspace() == text[at - 1].isspace()
    return alike and (levels[at], styles[at], kinds[at]) == (levels[at - 1], styles[at - 1], kinds[at - 1])


def _kinds(text: str) -> list[str]:
    """The script of each character; what belongs to every script has that of what stands before it."""
    kinds, last = [], ""
    for character in text:
        found = script_of(character)
        last = last if found in COMMON and last else found
        kinds.append(last)
    return kinds


@lru_cache(maxsize=64)
def _breaks(text: str) -> frozenset[int]:
    """Where a line may end: after blanks, and between ideographs."""
    return frozenset(at for at in range(1, len(text)) if _may_break(text[at - 1], text[at]))


def _may_break(before: str, after: str) -> bool:
    if before in " \u200b":
        return after not in " \u200b"
    ideographs = _is_ideograph(before) or _is_ideograph(after)
    return ideographs and not (before in _OPENING or after in _CLOSING or after.isspace() or before == "\xa0")


@cache
def _is_ideograph(character: str) -> bool:
    return script_of(character) in ("Hani", "Hira", "Kana", "Bopo") or character in "、。「」『』（）"  # noqa: RUF001


def _by_face(text: str) -> Iterator[tuple[Face, str]]:
    """A mark stays with its letter, also where its face has no place for it."""
    face, part = None, ""
    for character in text:
        if character in CONTROL_CHARS or character == "\u200b":
            continue
        marks = unicodedata.category(character) in ("Mn", "Me", "Cf")
        found = face if marks and face is not None else face_of(character, face) or face or LATIN
        if face is not None and found is not face and part:
            yield face, part
            part = ""
        face, part = found, part + character
    if part and face is not None:
        yield face, part


def run_of(text: str, face: Face, style: Style, level: int, language: str) -> Run:
    glyphs = _shaped(text, face, style.bold, bool(level & 1), language if face is HAN else "")
    return Run(text, face, style, level, glyphs, sum(each.advance for each in glyphs) * style.size / UNITS)


@lru_cache(maxsize=4096)
def _shaped(text: str, face: Face, bold: bool, backwards: bool, language: str) -> tuple[Glyph, ...]:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if backwards else "ltr"
    buffer.guess_segment_properties()
    if language:
        buffer.language = language
    hb.shape(_font(face, bold), buffer)
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    texts = _texts(text, infos, positions, backwards=backwards)
    scale = UNITS / face.face.upem
    return tuple(
        Glyph(info.codepoint, at.x_advance * scale, at.x_offset * scale, at.y_offset * scale, shown, info.cluster)
        for info, at, shown in zip(infos, positions, texts, strict=True)
    )


def _texts(
    text: str, infos: Sequence[hb.GlyphInfo], positions: Sequence[hb.GlyphPosition], *, backwards: bool
) -> list[str]:
    """What each glyph stands for. The characters of a cluster are dealt to those of its glyphs that take room, in the
    order that they are read in: a reader that goes by places finds no hole in a word.
    """
    starts = sorted({info.cluster for info in infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    texts = [""] * len(infos)
    for cluster, group in groupby(range(len(infos)), key=lambda at: infos[at].cluster):
        members = list(group)
        wide = [at for at in members if positions[at].x_advance > 0] or members
        shown = text[cluster : ends[cluster]]
        for nth, at in enumerate(reversed(wide) if backwards else wide):
            texts[at] = shown[nth:] if nth == len(wide) - 1 else shown[nth : nth + 1]
    return texts


@cache
def _font(face: Face, bold: bool) -> hb.Font:
    font = hb.Font(face.face)
    font.set_variations(face.axes(bold=bold))
    return font


def split(word: Word, room: float, language: str) -> tuple[Word, Word]:
    """A word that is longer than a line, between two of its letters; at least one stays in front."""
    front: Word = []
    for at, run in enumerate(word):
        if run.width <= room:
            front.append(run)
            room -= run.width
            continue
        cut = _cut(run, room, language) or (0 if front else _length(_clusters(run)[0]))
        parts = [_part(run, text, language) for text in (run.text[:cut], run.text[cut:]) if text]
        if cut:
            front.append(parts.pop(0))
        return front, [*parts, *word[at + 1 :]]
    return front, []


def _part(run: Run, text: str, language: str) -> Run:
    return run_of(text, run.face, run.style, run.level, language)


def _cut(run: Run, room: float, language: str) -> int:
    """How many characters of it fit, by whole clusters: a letter has another shape where a word ends."""
    clusters, width = [], 0.0
    for cluster in _clusters(run):
        width += sum(glyph.advance for glyph in cluster) * run.style.size / UNITS
        if width > room:
            break
        clusters.append(_length(cluster))
    while clusters and _part(run, run.text[: sum(clusters)], language).width > room:
        clusters.pop()
    return sum(clusters)


def _clusters(run: Run) -> list[list[Glyph]]:
    """In the order that they are read in."""
    found = [list(group) for _, group in groupby(run.glyphs, key=lambda glyph: glyph.cluster)]
    return found[::-1] if run.level & 1 else found


def _length(cluster: Sequence[Glyph]) -> int:
    return sum(len(glyph.text) for glyph in cluster)
