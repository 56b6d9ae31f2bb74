"""The fields of an MT940 message, without what stands around them and what is about no entry.

SWIFT's field 86 is about the entry before it, or about the whole statement where it follows a balance. The library
adds both to the last entry, with the end of the message and the next one's header.
"""

import re
from collections.abc import Iterator

_FIELD = re.compile(r"(?:\{.*\{4:\s*|\{4:\s*)?:(\d{2}[A-Z]?|NS):")
_END = re.compile(r"-(?:\}.*|XXX)\s*")
_ABOUT_AN_ENTRY = ("61", "86", "NS")


def without_surroundings(text: str) -> str:
    """The fields of a message as they are written; a text that is about no entry is left out."""
    return "".join(_kept(text))


def _kept(text: str) -> Iterator[str]:
    in_entry = False
    for line in text.splitlines(keepends=True):
        field = _FIELD.match(line)
        if field is not None:
            in_entry = field[1] == "61" or (in_entry and field[1] in _ABOUT_AN_ENTRY)
            if in_entry or field[1] not in _ABOUT_AN_ENTRY:
                yield line[field.start(1) - 1 :]
        elif _END.fullmatch(line):
            in_entry = False
        elif in_entry:
            yield line
