"""The fields of an MT940 message, without what stands around them and what is about no entry.

SWIFT's field 86 is about the entry before it, or about the whole statement where it follows a balance. The library
adds both to the last entry, with the end of the message and the next one's header.

Polish banks write the German subfields of field 86 with other marks (`<20`, `~20`), and some of them under other
numbers: the name in 27 and 28, the account in 38.
"""

import re
from collections.abc import Iterator

_FIELD = re.compile(r"(?:-\}?)?(?:\{.*\{4:\s*|\{4:\s*)?:(\d{2}[A-Z]?|NS):")
_END = re.compile(r"-(?:\}.*|XXX)\s*")
_STRUCTURED = re.compile(r"^:86:(\d{3})?([<~^?])(?=\d\d)(.*?)(?=^:(?:\d\d[A-Z]?|NS):|\Z)", re.MULTILINE | re.DOTALL)
_NO_CODE = "000"
_ABOUT_AN_ENTRY = ("61", "86", "NS")


def without_surroundings(text: str) -> str:
    """The fields of a message, field 86 with the German marks; a text that is about no entry is left out."""
    return _STRUCTURED.sub(_in_german, "".join(_kept(text)))


def _in_german(field: re.Match[str]) -> str:
    """Each subfield behind a question mark, under the number that German banks have it under."""
    code, mark, content = field[1] or _NO_CODE, field[2], field[3]
    subfield = re.compile(rf"{re.escape(mark)}(\d\d)")
    numbers = set(subfield.findall(mark + content))
    other = {} if mark == "?" or "32" in numbers else {"27": "32", "28": "33", "29": "39"}
    if "38" in numbers:
        other |= {"38": "31", "31": "39"}
    return f":86:{code}" + subfield.sub(lambda found: f"?{other.get(found[1], found[1])}", mark + content)


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
