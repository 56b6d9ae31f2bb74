"""The words of a document, one file a language; what a tax is called differs by the country of who asks for it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DEFAULT = "en"
FOLDER = Path(__file__).parent
LOCAL = FOLDER / "countries"
"""Words that a country has others for: `en-US.toml`."""


@cache
def languages() -> frozenset[str]:
    """Those that have a file."""
    return frozenset(file.stem for file in FOLDER.glob("*.toml"))


@cache
def labels(language: str, country: str | None = None) -> Mapping[str, str]:
    """The words of a language, English for one that has none, as they are used in a country."""
    name = language if language in languages() else DEFAULT
    local = LOCAL / f"{name}-{country}.toml"
    return {"language": name} | _words(FOLDER / f"{name}.toml") | (_words(local) if local.exists() else {})


def _words(file: Path) -> dict[str, str]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def labels_of(locale: str | None) -> Mapping[str, str]:
    """The words for a reader with this locale ("de-DE", "de_AT", "de", or none)."""
    return labels((locale or DEFAULT).replace("_", "-").partition("-")[0].lower())
