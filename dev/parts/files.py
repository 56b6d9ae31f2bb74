"""Small files that a `kill -9` finds either as they were or as they are to be, never in between."""

import os
from pathlib import Path


def write_whole(file: Path, text: str, mode: int = 0o644) -> None:
    """The folder is made; nobody else may be writing the same file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as out:  # noqa: PTH123
        out.write(text)
    part.rename(file)
