"""What a transfer's text may name: creditor references and words that could be invoice numbers."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from string import ascii_uppercase, digits

from kernel.value import replace
from payments.adapters.bank_files.national_references import national_numbers
from payments.domain.bank.clues import key_of
from payments.domain.bank.statement import Entry

MOST_WORDS = 1_000
"""As many as the longest text has."""
MOST_CLUES = 480
MOST_REFERENCES = 20
LONGEST_NAME = 4
SHORTEST_KEY, LONGEST_KEY = 4, 64
_GAP = re.compile(r"[\s,;:+?|&]+")
_FINER_GAP = re.compile(r"[\s,;:+?|&/]+")
_DIGIT = re.compile(r"\d")
_REFERENCE_BEGIN = re.compile(r"(?=RF\d{2}[A-Z0-9])", re.ASCII)
_RF = "2715"
"""The letters as ISO 11649 counts with them: A is 10."""
_DIGITS_OF = {letter: (10 if letter.isdigit() else 100, int(letter, 36)) for letter in digits + ascii_uppercase}
"""What a number is multiplied by to have the letter's digits behind it, and these."""
_STUCK = re.compile(
    r"(?<=[^\W\d_])[.#=]+(?=[^\W\d_])|(?<=[^\W\d_])#+(?=\d)"  # Nr.B-2026, RE#B-2026, RE#2026
    r"|(?<=[a-zäöüß]{3})(?=[A-ZÄÖÜ]{1,4}\W?\d)|(?<=\d{4})(?=[a-zäöüß]{2})"  # RechnungB-2026-000001vom
)
"""Where a word and a number are written as one. Nothing that may be within a number is such a place."""
_NO_REFERENCE = """
NONREF NOREF NOREFERENCE NOTPROVIDED NOTPROVIDE NOTAVAILABLE NOTAVAIL NOTAPPLICABLE NOTSPECIFIED NOTSUPPLIED NOTKNOWN
NOTGIVEN NOTFOUND NOTSET NOREFPROVIDED NOREFERENCEPROVIDED NOREFERENCEGIVEN NONE NULL NA NIL UNKNOWN UNDEFINED
UNSPECIFIED EMPTY KEINE KEINEREF KEINEREFERENZ KEINEANGABE KEINEANGABEN OHNE OHNEREF OHNEREFERENZ OHNEANGABE
NICHTANGEGEBEN NICHTVORHANDEN NICHTVERFÜGBAR NICHTVERFUEGBAR NICHTBEKANNT UNBEKANNT GEEN GEENREFERENTIE GEENKENMERK
NVT NIETVANTOEPASSING NIETOPGEGEVEN NIETBEKEND ONBEKEND ZONDER ZONDERREFERENTIE SANSREF SANSREFERENCE SANSRÉFÉRENCE
AUCUNE AUCUN NONFOURNI NONRENSEIGNE NONRENSEIGNÉ NONCOMMUNIQUE NONCOMMUNIQUÉ NONDISPONIBLE INCONNU SINREF
SINREFERENCIA NINGUNA NINGUNO NODISPONIBLE NOINFORMADO DESCONOCIDO SEMREFERENCIA SEMREFERÊNCIA NESSUNA NESSUNO
NONDISPONIBILE NONFORNITO NONPRESENTE SENZARIFERIMENTO NONCOMUNICATO BRAK BRAKREFERENCJI BRAKDANYCH BEZREFERENCJI
NIEPODANO NIEDOTYCZY NIEZNANY NIEZNANA
"""
_PLACEHOLDERS = frozenset(_NO_REFERENCE.split())
SHORTEST_TWICE = 6
"""Letters of a placeholder that some banks write several times over in one field."""
_NOTHING = re.compile(rf"0*|X*|(?:{'|'.join(sorted(word for word in _PLACEHOLDERS if len(word) >= SHORTEST_TWICE))})+")


def named(reference: str | None) -> str | None:
    """What a bank has as a reference; None where it only says that there is none, in whatever case and spacing."""
    key = key_of(reference or "")
    if key.strip("0") and not key.isalpha():
        return reference
    return None if key in _PLACEHOLDERS or _NOTHING.fullmatch(key) else reference


def with_clues(entry: Entry, account: str, *further: str | None, fields: Sequence[str] = ()) -> Entry:
    """The entry with what its text, its end-to-end reference and these further ones name.

    `account` is the clinic's, `fields` are what the payer wrote, each by itself.
    """
    more = [part for part in (entry.end_to_end_id, *further) if part]
    text = " ".join([part for part in (entry.text, *more) if part])
    numbers = national_numbers(entry.text, (*fields, *more), account[:2].upper())
    words = tuple(islice(dict.fromkeys((*numbers, *words_in(text))), MOST_CLUES))
    return replace(entry, words=words, references=references_in(text))


def words_in(text: str) -> tuple[str, ...]:
    """Runs of one to four words with a digit in them, joined: a bank may break a number anywhere.

    Strokes are part of a number, or stand around it (`/REMI/USTD//B-2026-000001/`).
    """
    loose = _loosened(text)
    found: dict[str, None] = {}
    for written in (text, loose) if loose else (text,):
        found |= dict.fromkeys(_runs(_GAP.split(written)))
        if "/" in written:
            found |= dict.fromkeys(_runs(_FINER_GAP.split(written)))
    return tuple(islice(found, MOST_CLUES))


def _loosened(text: str) -> str | None:
    """The text with a space between words and numbers that are written as one; None where there are none."""
    words = text.split()
    loose = [_STUCK.sub(" ", word) if _DIGIT.search(word) else word for word in words]
    return None if loose == words else " ".join(loose)


def _runs(words: list[str]) -> Iterator[str]:
    """Those of few words first: of a text with more numbers than are looked for, it is the long runs that are left."""
    parts = [key for word in words[:MOST_WORDS] if (key := key_of(word))]
    for length in range(1, LONGEST_NAME + 1):
        for first in range(len(parts) - length + 1):
            word = "".join(parts[first : first + length])
            if SHORTEST_KEY <= len(word) <= LONGEST_KEY and _DIGIT.search(word):
                yield word


def references_in(text: str) -> tuple[str, ...]:
    """The valid creditor references (ISO 11649: RF, two check digits, up to 21 letters and digits) in a text.

    They may be written in groups, over lines, in any case, and with text right before or behind: the check digits say
    where one ends. Those that also begin or end where a word does come first, of these the longest.
    """
    if "RF" not in key_of(text):
        return ()
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
    """Its beginnings whose check digits are right: 1 is left of the whole number, divided by 97 (ISO 7064)."""
    check = int(f"{_RF}{candidate[2:4]}")
    left = 0
    for length, letter in enumerate(candidate[4:], 5):
        if letter not in _DIGITS_OF:
            return
        factor, number = _DIGITS_OF[letter]
        left = (left * factor + number) % 97
        if (left * 1_000_000 + check) % 97 == 1:
            yield candidate[:length]
