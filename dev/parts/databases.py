"""Which database runs on this machine: MongoDB itself where it starts, SecantusDB where it does not.

python -m dev.parts.databases says which, and why.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from dev.parts.mongo import CHOICE, EmbeddedMongo
from dev.parts.mongod import Mongod, NoMongod, version
from dev.parts.secantus import SecantusDB

SECANTUS, MONGOD = "secantus", "mongod"


@dataclass(frozen=True)
class Chosen:
    """The database, and why it is not MongoDB itself, "" where it is."""

    kind: type[EmbeddedMongo]
    why: str = ""

    def __str__(self) -> str:
        return f"{self.kind.title}: {self.why}" if self.why else f"{self.kind.title} {version()}"


def chosen_database(folder: Path | None = None) -> Chosen:
    """The one that CHAIRSIDE_TEST_MONGO asks for; MongoDB otherwise, if it starts.

    A folder with data of one of them stays with it. Raises NoMongod when MongoDB has to be and does not start.
    """
    kept = next((kind for kind in (Mongod, SecantusDB) if folder is not None and _has_files(folder / kind.data)), None)
    if kept is SecantusDB:
        return Chosen(SecantusDB, f"the data in {folder} is its own")
    asked = os.environ.get(CHOICE)
    if asked == SECANTUS and kept is None:
        return Chosen(SecantusDB, f"{CHOICE} asks for it")
    try:
        version()
    except NoMongod as missing:
        if asked == MONGOD or kept is Mongod:
            raise
        return Chosen(SecantusDB, str(missing))
    return Chosen(Mongod)


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def embedded_mongo(folder: Path, port: int | None = None) -> EmbeddedMongo:
    """The chosen database with its data in the folder, not started yet."""
    return chosen_database(folder).kind(folder, port)


if __name__ == "__main__":
    print(chosen_database())
