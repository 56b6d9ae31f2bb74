"""What a document is printed on: the size of its pages, and what stands on each of them."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from documents.adapters.labels import isolated
from documents.adapters.pdf.parties import Letterhead, Reader
from documents.adapters.pdf.text.writing import Writing, writing_in
from documents.facts import Look

MM = 72 / 25.4
Size = Literal["A4", "letter", "80mm"]
_CODE = re.compile(r"(?<!\S)[\x21-\x7e\u200e\u200f]*[0-9][\x21-\x7e\u200e\u200f]*(?!\S)")
LETTER = frozenset({"US", "CA", "MX", "PH", "CL", "CO", "VE", "CR", "GT", "PA", "SV", "NI", "DO", "PR"})
"""Where paper is US Letter (CLDR, paperSize); elsewhere it is A4."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Lengths in points. A slip is as long as what is on it."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def text_width(self) -> float:
        return self.width - self.left - self.right

    @property
    def text_height(self) -> float:
        return self.height - self.top - self.bottom


PAPERS: dict[Size, Paper] = {
    "A4": Paper(210 * MM, 297 * MM, 20 * MM, 18 * MM, 18 * MM, 24 * MM),
    "letter": Paper(8.5 * 72, 11 * 72, 20 * MM, 18 * MM, 16 * MM, 22 * MM),
    "80mm": Paper(80 * MM, 3000 * MM, 4 * MM, 4 * MM, 4 * MM, 6 * MM),
}
"""The height of a slip is a bound: it is cut where its text ends."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`page` is the words "Page {page} of {pages}"; `stamp` stands across each page, as CANCELLED; `footer` are lines
    of the clinic's own at the foot of each.
    """

    size: Size
    language: str
    title: str
    author: str
    foot: str
    page: str
    stamp: str | None
    epoch_s: int
    writing: Writing
    footer: tuple[str, ...] = ()

    def looking(self, look: Look) -> "Sheet":
        """As the clinic's paper looks; a slip is on the till's."""
        size = self.size if self.size == "80mm" else look.paper or self.size
        writing = replace(self.writing, colour=look.colour or self.writing.colour)
        return replace(self, size=size, writing=writing, footer=look.footer)


def sheet_for(
    reader: Reader,
    head: Letterhead,
    title: str,
    at: datetime,
    *,
    size: Size | None = None,
    stamp: str | None = None,
) -> Sheet:
    """On the paper of the clinic's country unless `size` says another; `at` is the date of the document."""
    right_to_left = reader.words.right_to_left
    isolated = _codes_isolated if right_to_left else str
    return Sheet(
        size=size or size_for(reader.home),
        language=reader.language,
        title=title,
        author=head.clinic,
        foot=" · ".join(isolated(part) for part in (head.clinic, title) if part),
        page=reader.words["page"],
        stamp=stamp,
        epoch_s=int(at.timestamp()),
        writing=writing_in(reader.formats.locale, right_to_left=right_to_left),
    )


def _codes_isolated(text: str) -> str:
    """Numbers keep their order among words that are read from right to left, and dates the marks in them."""
    return _CODE.sub(lambda found: isolated(found[0]), text)


def size_for(country: str | None) -> Size:
    """The paper of a country, ISO 3166-1 alpha-2."""
    return "letter" if country in LETTER else "A4"
