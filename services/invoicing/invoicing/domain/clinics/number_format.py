"""The grammar of invoice numbers, and which two formats never make the same number.

    format      = 1*( literal / placeholder ), 100 characters at most
    placeholder = "{clinic}" / "{yyyy}" / "{seq}" / "{seq:0" digit "d}"       ; digit is 1 to 9: as wide with zeros
    literal     = letter / digit / " " / "-" / "." / "/" / "_" / "#"          ; ASCII, no space at either end

`{yyyy}` and `{seq}` are there once each: each year has a series of its own, and no number of it comes twice. The first
character is a letter, a digit, "#" or a placeholder.
"""

import re
from collections.abc import Sequence

NUMBER_FORMAT = "{clinic}-{yyyy}-{seq:06d}"
CREDIT_NOTE_FORMAT = "{clinic}-CN-{yyyy}-{seq:06d}"
MAX_LETTERS = 100
_PLACEHOLDER = re.compile(r"\{(clinic|yyyy|seq(?::0([1-9])d)?)\}")
_STRANGE = re.compile(r"[^A-Za-z0-9 ./_#-]")
_FIRST = re.compile(r"[A-Za-z0-9#{]", re.ASCII)
_YEAR = "{y}"
"""One digit of a year, in a skeleton."""
Skeleton = tuple[Sequence[str], Sequence[str]]
"""What is before the sequence, and what is after it, a character each."""


def fault_of(format_: str) -> str | None:
    """What is wrong with a format, for people; None when it fits the grammar."""
    if not format_ or len(format_) > MAX_LETTERS:
        return f"takes 1 to {MAX_LETTERS} characters"
    blank = _PLACEHOLDER.sub(lambda match: "0" * len(match[0]), format_)
    if brace := re.search("[{}]", blank):
        return f"has braces at character {brace.start() + 1} of none of {{clinic}}, {{yyyy}}, {{seq}} and {{seq:06d}}"
    if strange := _STRANGE.search(blank):
        return f"takes letters, digits, space and - . / _ # only: character {strange.start() + 1} is another"
    names = [match[1].partition(":")[0] for match in _PLACEHOLDER.finditer(format_)]
    for name in ("yyyy", "seq"):
        if names.count(name) != 1:
            return f"takes {{{name}}} once, and has it {names.count(name)} times"
    if format_ != format_.strip() or not _FIRST.match(format_):
        return "begins with a letter, a digit, # or a placeholder, and ends without a space"
    return None


def invoice_number(format_: str, clinic_id: str, year: int, sequence: int) -> str:
    """The number of an invoice or a credit note. A sequence that outgrows its width is not cut."""

    def replaced(match: re.Match[str]) -> str:
        match match[1]:
            case "clinic":
                return clinic_id
            case "yyyy":
                return f"{year:04d}"
        return str(sequence).rjust(int(match[2] or 1), "0")

    return _PLACEHOLDER.sub(replaced, format_)


def may_be_equal(one: str, other: str, clinic_id: str) -> bool:
    """Whether two formats of a clinic can make the same number, whatever the year and the sequence of each.

    What is before the sequence has to agree as far as both have something there, and where only one has, it has to be
    digits, as those are the other's sequence; so too what is after it.
    """
    (head, tail), (other_head, other_tail) = _skeleton(one, clinic_id), _skeleton(other, clinic_id)
    return _agree(head, other_head) and _agree(tail[::-1], other_tail[::-1])


def _skeleton(format_: str, clinic_id: str) -> Skeleton:
    parts: tuple[list[str], list[str]] = ([], [])
    after = 0
    at = 0
    for match in _PLACEHOLDER.finditer(format_):
        parts[after].extend(format_[at : match.start()])
        match match[1]:
            case "clinic":
                parts[after].extend(clinic_id)
            case "yyyy":
                parts[after].extend([_YEAR] * 4)
            case _:
                after = 1
        at = match.end()
    parts[after].extend(format_[at:])
    return parts


def _agree(one: Sequence[str], other: Sequence[str]) -> bool:
    longer = max(one, other, key=len)
    both = min(len(one), len(other))
    return all(_same(one[n], other[n]) for n in range(both)) and all(map(_is_digit, longer[both:]))


def _same(one: str, other: str) -> bool:
    return one == other or (_YEAR in (one, other) and _is_digit(one) and _is_digit(other))


def _is_digit(one: str) -> bool:
    return one == _YEAR or (one.isascii() and one.isdecimal())
