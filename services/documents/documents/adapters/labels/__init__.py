"""The words of a document, one file a language."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DEFAULT = "en"
FOLDER = Path(__file__).parent


@cache
def languages() -> frozenset[str]:
    """Those that have a file."""
    return frozenset(file.stem for file in FOLDER.glob("*.toml"))


@cache
def labels(language: str) -> Mapping[str, str]:
    """The words of a language, English for one that has none."""
    name = language if language in languages() else DEFAULT
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def labels_of(locale: str | None) -> Mapping[str, str]:
    """The words for a reader with this locale ("de-DE", "de_AT", "de", or none)."""
    return labels((locale or DEFAULT).replace("_", "-").partition("-")[0].lower())
