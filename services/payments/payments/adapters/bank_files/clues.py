"""What a transfer's text may name: creditor references and words that could be invoice numbers."""

import re
from collections.abc import Iterator
from dataclasses import replace

from payments.domain.bank.clues import key_of
from payments.domain.bank.statement import Entry

MOST_WORDS = 60
MOST_REFERENCES = 20
LONGEST_NAME = 4
SHORTEST_KEY = 4
_GAP = re.compile(r"[\s,;:+?|]+")
_FINER_GAP = re.compile(r"[\s,;:+?|/]+")
_DIGIT = re.compile(r"\d")
_REFERENCE_BEGIN = re.compile(r"(?=RF\d{2}[A-Z0-9])", re.ASCII)
_PLACEHOLDERS = frozenset(
    {
        "NONREF",
        "NOREF",
        "NOREFERENCE",
        "NOTPROVIDED",
        "NOTPROVIDE",
        "NOTAVAILABLE",
        "NOTAPPLICABLE",
        "NOTSPECIFIED",
        "NOTKNOWN",
        "NOTGIVEN",
        "NONE",
        "NULL",
        "NA",
        "NIL",
        "UNKNOWN",
        "UNDEFINED",
        "EMPTY",
        "KEINE",
        "KEINEREFERENZ",
        "OHNE",
        "GEEN",
        "BRAK",
    }
)
_NOTHING = re.compile(r"0*|X*")


def named(reference: str | None) -> str | None:
    """What a bank has as a reference; None where it only says that there is none, in whatever case and spacing."""
    key = key_of(reference or "")
    return None if key in _PLACEHOLDERS or _NOTHING.fullmatch(key) else reference


def with_clues(entry: Entry, *further: str | None) -> Entry:
    """The entry with what its text, its end-to-end reference and these further ones name."""
    text = " ".join(part for part in (entry.text, entry.end_to_end_id, *further) if part)
    return replace(entry, words=words_in(text), references=references_in(text))


def words_in(text: str) -> tuple[str, ...]:
    """Runs of one to four words with a digit in them, joined: a bank may break a number anywhere.

    Strokes are part of a number, or stand around it (`/REMI/USTD//B-2026-000001/`).
    """
    found = dict.fromkeys(_runs(_GAP.split(text)))
    if "/" in text:
        found |= dict.fromkeys(_runs(_FINER_GAP.split(text)))
    return tuple(found)


def _runs(words: list[str]) -> Iterator[str]:
    parts = [key for word in words[:MOST_WORDS] if (key := key_of(word))]
    for first in range(len(parts)):
        for last in range(first + 1, min(first + LONGEST_NAME, len(parts)) + 1):
            word = "".join(parts[first:last])
            if SHORTEST_KEY <= len(word) <= 64 and _DIGIT.search(word):
                yield word


def references_in(text: str) -> tuple[str, ...]:
    """The valid creditor references (ISO 11649: RF, two check digits, up to 21 letters and digits) in a text.

    They may be written in groups, over lines, in any case, and with text right before or behind: the check digits say
    where one ends. Those that also begin or end where a word does come first, of these the longest.
    """
    key, begins, ends = _joined(text)
    found: dict[str, tuple[int, int]] = {}
    for match in _REFERENCE_BEGIN.finditer(key):
        begin = match.start()
        for reference in _valid(key[begin : begin + 25]):
            edges = (begin in begins) + 2 * (begin + len(reference) in ends)
            found[reference] = max(found.get(reference, (0, 0)), (edges, len(reference)))
    best = sorted(found, key=lambda reference: found[reference], reverse=True)
    return tuple(best[:MOST_REFERENCES])


def _joined(text: str) -> tuple[str, set[int], set[int]]:
    """Letters and digits of a text in capitals, and where in them its words begin and end."""
    key = ""
    begins, ends = set(), set()
    for word in filter(None, map(key_of, _FINER_GAP.split(text))):
        begins.add(len(key))
        key += word
        ends.add(len(key))
    return key, begins, ends


def _valid(candidate: str) -> Iterator[str]:
    """Its beginnings whose check digits are right."""
    check = candidate[:4]
    for length in range(5, len(candidate) + 1):
        if not (candidate[length - 1].isascii() and candidate[length - 1].isalnum()):
            return
        if int("".join(str(int(letter, 36)) for letter in candidate[4:length] + check)) % 97 == 1:
            yield candidate[:length]
