"""How a document is set."""

from dataclasses import dataclass
from typing import Literal

from babel import Locale

from documents.adapters.locales import script_of

Base = Literal["L", "R"]
COLOUR = "#1f6f6b"
"""Of headings, unless the clinic has one of its own."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The direction of its words; `han` is the language whose forms ideographs have where no kana say so (BCP 47);
    `colour` that of headings.
    """

    base: Base = "L"
    han: str = "zh-hans"
    colour: str = COLOUR


def writing_in(locale: Locale, *, right_to_left: bool) -> Writing:
    """For a reader with this locale; the direction is that of the words, which may be English."""
    if locale.language in ("ja", "ko"):
        han = str(locale.language)
    else:
        han = "zh-hant" if script_of(locale) == "Hant" else "zh-hans"
    return Writing("R" if right_to_left else "L", han)
