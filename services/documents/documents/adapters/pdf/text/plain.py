"""What the Latin face sets as it stands, what goes through shaping, and what no face can set at all."""

import unicodedata
from functools import cache

from anyascii import anyascii
from reportlab.pdfbase.pdfmetrics import getFont

from documents.adapters.pdf.faces import REGULAR
from documents.adapters.pdf.text.faces import face_of

ISOLATES = frozenset("\u2066\u2067\u2068\u2069\u200e\u200f")
"""Marks of direction that formats and phrases put into a text: values have lost theirs before."""


def is_plain(text: str) -> bool:
    """Is it set letter after letter, from left to right, in the Latin face?"""
    return text.isascii() or frozenset(text) <= _plain_characters()


@cache
def _plain_characters() -> frozenset[str]:
    """Without marks, which have to be put in their place, and what steers the order."""
    known = (chr(code) for code in getFont(REGULAR).face.charToGlyph)
    return frozenset(each for each in known if unicodedata.category(each) not in ("Mn", "Me", "Cf"))


def settable(text: str) -> tuple[str, int]:
    """The text with Latin letters for what no face has, and how many characters that were."""
    if is_plain(text):
        return text, 0
    unknown = {each for each in frozenset(text) if not _has_face(each)}
    if not unknown:
        return text, 0
    written = "".join(_written(each) if each in unknown else each for each in text)
    return written, sum(each in unknown for each in text)


@cache
def _has_face(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cc") or character.isspace() or face_of(character) is not None


def _written(character: str) -> str:
    """Its transliteration, or its number in Unicode: a reader sees that something stood there."""
    if unicodedata.combining(character):
        return ""
    return anyascii(character) or f"[U+{ord(character):04X}]"
