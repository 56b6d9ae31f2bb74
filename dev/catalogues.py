"""Takes new words of documents into the catalogue of every language, and says what is yet to be translated.

    python -m dev.catalogues

A translation belongs to a key and its English words: where either changes, it is to be made anew. Nothing is guessed.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from documents.adapters.labels import FOLDER, sources


def main() -> int:
    missing = [line for file in sorted(FOLDER.glob("*.po")) for line in _taken_into(file)]
    sys.stdout.writelines(f"{line}\n" for line in missing)
    return 1 if missing else 0


def template() -> Catalog:
    """All that is to be translated."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for key, text in sources().items():
        message = text if isinstance(text, str) else (text["one"], text["other"])
        catalogue.add(message, context=key)
    return catalogue


def written(message: Message) -> bool:
    """Has every form its words?"""
    forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return all(forms)


def _taken_into(file: Path) -> list[str]:
    with file.open("rb") as stream:
        known = read_po(stream, locale=file.stem)
    made = known.creation_date
    known.update(template(), no_fuzzy_matching=True)
    known.obsolete.clear()
    known.creation_date = made
    with file.open("wb") as stream:
        write_po(stream, known, width=0, omit_header=False, include_previous=False, sort_output=False)
    return [f"{file.stem}: {message.context}" for message in known if message.id and not written(message)]


if __name__ == "__main__":
    sys.exit(main())
