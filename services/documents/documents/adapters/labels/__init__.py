"""The words of a document. English is in `en.toml`, by keys; every other language is a Babel catalogue of them.

`fr.po` has the key as context and the English words as message, and is compiled when its language is first used; what
it lacks is English. `python -m dev.catalogues` takes new keys into all of them. What a tax is called differs by the
country of who asks for it: `countries/`.
"""

import gettext
import io
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from documents.adapters.locales import DEFAULT, locale_of

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "en.toml"
LOCAL = FOLDER / "countries"
"""Words that a country has others for: `en-US.toml`."""
RIGHT_TO_LEFT = frozenset({"ar"})
ISOLATE, END_ISOLATE = "\u2068", "\u2069"
"""UAX 9, FSI and PDI."""


class Phrase(str):
    """Words from right to left: what is filled in is isolated, or `2026-0042` would be read as `0042-2026`."""

    __slots__ = ()

    def format(self, *args: object, **values: object) -> str:
        return super().format(*map(isolated, args), **{name: isolated(value) for name, value in values.items()})


def isolated(value: object) -> str:
    """It keeps its own direction, and turns nothing around it."""
    return f"{ISOLATE}{value}{END_ISOLATE}"


class Words(Mapping[str, str]):
    """The words of one language as they are used in one country, by their keys; `language` is one of them."""

    def __init__(self, language: str, catalogue: gettext.NullTranslations, local: Mapping[str, str]) -> None:
        self._catalogue = catalogue
        self._phrase = Phrase if language in RIGHT_TO_LEFT else str
        plain = {key: catalogue.pgettext(key, text) for key, text in sources().items() if isinstance(text, str)}
        self._words = {key: self._phrase(text) for key, text in {**plain, **local}.items()} | {"language": language}

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    @property
    def language(self) -> str:
        return self._words["language"]

    @property
    def right_to_left(self) -> bool:
        return self.language in RIGHT_TO_LEFT

    def counted(self, key: str, count: int, **values: object) -> str:
        """In the form that the language has for this number of things."""
        forms = sources()[key]
        if isinstance(forms, str):
            raise TypeError(f"{key} has no plural")
        text = self._catalogue.npgettext(key, forms["one"], forms["other"], count)
        return self._phrase(text).format(count=count, **values)


@cache
def sources() -> Mapping[str, str | Mapping[str, str]]:
    """What is to be translated, in English; `one` and `other` where it is of a number of things."""
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


@cache
def languages() -> frozenset[str]:
    """Those that there are words in."""
    return frozenset({DEFAULT, *(file.stem for file in FOLDER.glob("*.po"))})


@cache
def labels(language: str, country: str | None = None) -> Words:
    """The words of a language, English for one that has none, as they are used in a country."""
    name = language if language in languages() else DEFAULT
    local = LOCAL / f"{name}-{country}.toml"
    words = tomllib.loads(local.read_text(encoding="utf-8")) if local.exists() else {}
    return Words(name, _catalogue(name), words)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == DEFAULT:
        return gettext.NullTranslations()
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def labels_of(locale: str | None) -> Words:
    """The words for a reader with this locale ("de-DE-u-co-phonebk", "de_AT", "de", or none)."""
    return labels(locale_of(locale).language)
