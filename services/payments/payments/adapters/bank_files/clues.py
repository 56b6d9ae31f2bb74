"""What a transfer's text may name: creditor references and words that could be invoice numbers."""

import re

from stdnum import iso11649

from payments.domain.bank.clues import key_of

MOST_WORDS = 60
LONGEST_NAME = 4
SHORTEST_KEY = 4
_GAP = re.compile(r"[\s,;:+?|]+")
_DIGIT = re.compile(r"\d")
_REFERENCE = re.compile(r"RF\d{2}[A-Z0-9]{1,21}")


def words_in(text: str) -> tuple[str, ...]:
    """Runs of one to four words with a digit in them, joined: a bank may break a number anywhere."""
    parts = [key for word in _GAP.split(text)[:MOST_WORDS] if (key := key_of(word))]
    found: dict[str, None] = {}
    for first in range(len(parts)):
        for last in range(first + 1, min(first + LONGEST_NAME, len(parts)) + 1):
            word = "".join(parts[first:last])
            if SHORTEST_KEY <= len(word) <= 64 and _DIGIT.search(word):
                found[word] = None
    return tuple(found)


def references_in(text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The valid creditor references (ISO 11649: RF, two check digits, up to 21 letters and digits) in a text."""
    candidates = dict.fromkeys((*words, *_REFERENCE.findall(key_of(text))))
    return tuple(w for w in candidates if w.startswith("RF") and _REFERENCE.fullmatch(w) and iso11649.is_valid(w))
