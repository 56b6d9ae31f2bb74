"""The paragraphs of a story of xhtml2pdf whose text the Latin face cannot set as it stands, set again by shaping."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from reportlab.platypus import Flowable, KeepInFrame
from xhtml2pdf.xhtml2pdf_reportlab import PmlParagraph, PmlTable

from documents.adapters.pdf.faces import BOLD, REGULAR
from documents.adapters.pdf.text.paragraphs import Span, TextBlock
from documents.adapters.pdf.text.plain import is_plain
from documents.adapters.pdf.text.shaping import Style
from documents.adapters.pdf.text.writing import Writing

VEIL = 0xF0000
"""Of the private use area: what xhtml2pdf would shape and order by itself, as well as its faces let it, passes it so.

No value has such a character, since no face has one.
"""
_VEILED = re.compile("[\U000f0000-\U000fffff]")


def veiled(text: str) -> str:
    """For the HTML, where the Latin face cannot set it as it stands."""
    if is_plain(text):
        return text
    return "".join(each if is_plain(each) or ord(each) > 0xFFFD else chr(VEIL + ord(each)) for each in text)


def _unveiled(text: str) -> str:
    return _VEILED.sub(lambda found: chr(ord(found[0]) - VEIL), text)


class UnknownFace(Exception):
    """Something is set in a face that is none of ours: xhtml2pdf puts Helvetica and boxes there, without a word."""


def in_scripts(story: Iterable[Flowable], writing: Writing) -> Iterator[Flowable]:
    """Raises UnknownFace. From right to left every paragraph is set again, since its order is another."""
    for flowable in story:
        if isinstance(flowable, PmlTable):
            _set_cells(flowable, writing)
        yield _set(flowable, writing) if isinstance(flowable, PmlParagraph) else flowable


def _set_cells(table: Any, writing: Writing) -> None:
    for row in table._cellvalues:
        for cell in row:
            if isinstance(cell, KeepInFrame):
                cell._content = list(in_scripts(cell._content, writing))


def _set(paragraph: Any, writing: Writing) -> Flowable:
    frags = [frag for frag in paragraph.frags if getattr(frag, "text", "")]
    for frag in frags:
        frag.text = _unveiled(frag.text)
    if unknown := {frag.fontName for frag in frags} - {REGULAR, BOLD}:
        raise UnknownFace(min(unknown))
    plain = all(is_plain(frag.text) for frag in frags)
    if any(hasattr(frag, "cbDefn") for frag in paragraph.frags) or not frags or (plain and writing.base == "L"):
        return paragraph
    style = paragraph.style
    return TextBlock(
        _lines(paragraph.frags),
        leading=style.leading,
        writing=writing,
        aligned=style.alignment,
        space_before=style.spaceBefore,
        space_after=style.spaceAfter,
    )


def _lines(frags: Iterable[Any]) -> list[list[Span]]:
    """What is between its breaks."""
    lines: list[list[Span]] = [[]]
    for frag in frags:
        if getattr(frag, "lineBreak", False):
            lines.append([])
        if text := getattr(frag, "text", ""):
            lines[-1].append((text, Style(frag.fontSize, frag.fontName == BOLD, frag.textColor)))
    return lines
