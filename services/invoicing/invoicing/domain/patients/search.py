"""How people are found by a part of their name, their birth date or their id: words without marks, and parts of them.

An index has the parts (`keys_of`), so that none of a clinic's patients is read but those who have the rarest part of
what is asked for. Three letters are found anywhere in a word. One or two begin it, but in scripts without case
(Chinese, Arabic, Thai …), where they are much of a word, and found anywhere too.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from kernel.errors import BusinessError
from kernel.value import value

LONG = 3
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u02b9\u02bb\u02bc\u02be\u02bf\u2018\u2019\u2032"))
# Latin letters that have no mark to lose (Unicode decomposes none of them).
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
        "ŋ": "n",
    }
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


@value
class Search:
    """What is asked for: all of `keys`, exactly, and all of `parts`, each in some word of the name."""

    keys: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """Keys of the index, each of which everybody has who is found; never empty."""
        return (*self.keys, *(key for part in self.parts for key in _keys_in(part)))

    @property
    def pattern(self) -> str:
        """A regular expression for the `words_of` a name, joined, with a space before each."""
        return "^" + "".join(f"(?=.*{'' if _is_anywhere(part) else ' '}{re.escape(part)})" for part in self.parts)


def search_of(asked: str) -> Search:
    """What somebody typed, in any order: parts of a name, a birth date (1984-02-29 or 29.2.1984), an id with a digit.

    Raises BusinessError for what has neither letters nor digits.
    """
    keys: list[str] = []
    parts: list[str] = []
    for token in asked.split():
        if (born := _date_in(token)) is not None:
            keys.append(_birth_key(born))
        elif any(map(str.isdigit, token)):
            keys.append(_id_key(token))
        else:
            parts += words_of(token)
    if not keys and not parts:
        raise BusinessError("nothing-to-find", "takes a letter or a digit at least", field="q")
    return Search(tuple(keys), tuple(parts))


def words_of(text: str) -> tuple[str, ...]:
    """Its words without case, marks and apostrophes: `Łucja d'Øster-Weiß` is lucja, doster, weiss."""
    return tuple(word for token in text.split() for word in _words_of(token))


def keys_of(words: Iterable[str], birth_date: date | None, patient_id: str) -> list[str]:
    """What the index finds somebody by."""
    keys = {key for word in words for key in _keys_of(word)}
    if birth_date is not None:
        keys.add(_birth_key(birth_date))
    return sorted({*keys, _id_key(patient_id)})


# Names are many, and made of few words.
@lru_cache(maxsize=4096)
def _words_of(token: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", token.translate(_APOSTROPHES)).casefold()
    letters = unicodedata.normalize("NFKD", plain).translate(_PLAIN)
    return tuple("".join(c if _is_of_a_word(c) else " " for c in letters if not unicodedata.combining(c)).split())


@lru_cache(maxsize=4096)
def _keys_of(word: str) -> tuple[str, ...]:
    parts = [word[at : at + length] for length in (1, 2, LONG) for at in range(len(word) - length + 1)]
    return f"^{word[:1]}", f"^{word[:2]}", *filter(_is_anywhere, parts)


def _keys_in(part: str) -> Iterator[str]:
    if len(part) < LONG:
        yield part if _is_anywhere(part) else f"^{part}"
    else:
        yield from (part[at : at + LONG] for at in range(len(part) - LONG + 1))


def _is_anywhere(part: str) -> bool:
    """Whether it is looked for within words as well."""
    return len(part) >= LONG or any(c.isalpha() and c.lower() == c.upper() for c in part)


def _is_of_a_word(character: str) -> bool:
    """Vowel signs of Indian scripts are marks, and part of a word."""
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _date_in(token: str) -> date | None:
    if match := _ISO.fullmatch(token):
        year, month, day = map(int, match.groups())
    elif match := _DOTTED.fullmatch(token):
        day, month, year = map(int, match.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _birth_key(born: date) -> str:
    return f"={born.isoformat()}"


def _id_key(patient_id: str) -> str:
    return f"#{patient_id.casefold()}"
