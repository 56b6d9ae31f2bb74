"""What a page draws, read by the few forms of instructions that our printing writes.

Each of them is allowed in PDF/A-3 (ISO 19005-3, 6.2.2 and 6.1.13) as it stands here: operands of the right kind, within
the limits, in an order that nests. So of a stream that has no others it is enough to know which codes it shows in which
face, and what forms and pictures it draws; the rest cannot break a rule.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

_N = r"-?(?:\d{1,9}(?:\.\d{1,9})?|\.\d{1,9}) "
_NAME = r"/[A-Za-z0-9.+-]{1,100}"
_TEXT = r"\([^()\\\r]*(?:\\(?:[0-7]{3}|[()\\])[^()\\\r]*)*\)"
_FORMS = {
    "line": (
        rf"BT (?:{_N}){{6}}Tm (?:{_N}TL )?(?:(?:{_N}){{3}}rg )?"
        rf"(?P<line_face>{_NAME}) {_N}Tf (?:{_N}TL )?(?P<line_text>{_TEXT}) Tj T\* ET"
    ),
    "show": rf"(?P<text>{_TEXT}) Tj",
    "begin": "BT",
    "end": "ET",
    "face": rf"(?P<name>{_NAME}) {_N}Tf",
    "place": rf"(?:{_N}){{6}}Tm|(?:{_N}){{2}}Td|T\*",
    "state": rf"(?:{_N}){{3}}(?:rg|RG)|{_N}TL",
    "save": "q",
    "restore": "Q",
    "draw": rf"(?P<drawn>{_NAME}) Do",
    "paint": (
        rf"(?:{_N}){{6}}cm|{_N}w|[012] [Jj]"
        rf"|(?:n )?(?:{_N}){{2}}m (?:{_N}){{2}}l S|(?:n )?(?:{_N}){{4}}re (?:f\*?|S)"
    ),
}
_INSTRUCTION = re.compile(
    rf"[ \n]*(?:{'|'.join(f'(?P<{name}_>{form})' for name, form in _FORMS.items())})(?=[ \n]|\Z)".encode()
)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_MOST_NESTED = 12
"""Of the 28 that a page may nest with the forms on it (6.1.13)."""
_LONGEST_TEXT = 32_767


@dataclass(frozen=True, slots=True)
class Drawn:
    """The codes that are shown in each face, and the forms and pictures that are drawn, all by their resource names."""

    shown: Mapping[bytes, frozenset[int]]
    drawn: frozenset[bytes]

    def summary(self) -> bytes:
        """A stream that uses colours, shows each code once in its face, and draws what is drawn."""
        texts = (_text(face, codes) for face, codes in sorted(self.shown.items()))
        return b"\n".join([b"0 0 0 rg 0 0 0 RG", *texts, *(b"%s Do" % name for name in sorted(self.drawn))])


def _text(face: bytes, codes: frozenset[int]) -> bytes:
    return b"BT %s 1 Tf <%s> Tj ET" % (face, bytes(sorted(codes)).hex().encode())


class _Reading:
    """Where in the stream what holds: what is shown in which face, and which forms and pictures are drawn."""

    def __init__(self) -> None:
        self.shown: defaultdict[bytes, set[int]] = defaultdict(set)
        self.drawn: set[bytes] = set()
        self.nested = 0
        self.in_text = False
        self.face: bytes | None = None

    def take(self, form: str, match: re.Match[bytes]) -> bool:
        """Whether this may come here."""
        match form:
            case "line":
                return self._show(match["line_face"], match["line_text"]) and not self.in_text
            case "begin" | "end":
                began, self.in_text, self.face = self.in_text, form == "begin", None
                return began is not self.in_text
            case "face":
                self.face = match["name"]
                return self.in_text
            case "show":
                return self.face is not None and self._show(self.face, match["text"])
            case "place":
                return self.in_text
            case "state":
                return True
            case "save" | "restore":
                self.nested += 1 if form == "save" else -1
                return not self.in_text and 0 <= self.nested <= _MOST_NESTED
            case "draw":
                self.drawn.add(match["drawn"])
                return not self.in_text
            case _:
                return not self.in_text

    def _show(self, face: bytes, text: bytes) -> bool:
        self.shown[face].update(_unescaped(text[1:-1]))
        return len(text) <= _LONGEST_TEXT


def read(content: bytes) -> Drawn | None:
    """What a stream draws; None where it has an instruction of another form, or in another order."""
    reading, at = _Reading(), 0
    while match := _INSTRUCTION.match(content, at):
        if not reading.take((match.lastgroup or "")[:-1], match):
            return None
        at = match.end()
    if content[at:].strip(b" \n") or reading.in_text or reading.nested:
        return None
    return Drawn({face: frozenset(codes) for face, codes in reading.shown.items()}, frozenset(reading.drawn))


def _unescaped(text: bytes) -> bytes:
    if b"\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 8) & 0xFF]) if len(found[1]) == 3 else found[1], text)
