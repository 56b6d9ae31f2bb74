"""A folder in which mails arrive: a Maildir, or one in which files end in `.eml` once they are whole."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

AT_ONCE = 100
REFUSED = ".refused"
"""Beside what is taken: a Maildir++ folder of a Maildir, and hidden in any other."""


@dataclass(frozen=True, slots=True)
class MailFolder:
    """Files are moved when they were worked off, and never changed or deleted. Everything raises OSError."""

    folder: Path
    max_bytes: int

    async def waiting(self) -> list[Path]:
        """Some of what is there, the oldest name first."""
        return await asyncio.to_thread(lambda: sorted(self._files())[:AT_ONCE])

    async def read(self, file: Path) -> bytes | None:
        """None for one that is larger than a mail may be, or gone."""
        return await asyncio.to_thread(self._read, file)

    async def keep(self, file: Path, *, refused: bool) -> None:
        await asyncio.to_thread(self._move, file, refused)

    @property
    def _is_maildir(self) -> bool:
        return (self.folder / "new").is_dir()

    def _files(self) -> Iterator[Path]:
        """What is no plain file (a link, a pipe) is left alone."""
        where = self.folder / "new" if self._is_maildir else self.folder
        for file in where.iterdir():
            whole = not file.name.startswith(".") and (self._is_maildir or file.suffix == ".eml")
            if whole and S_ISREG(file.lstat().st_mode):
                yield file

    def _read(self, file: Path) -> bytes | None:
        with file.open("rb") as opened:
            content = opened.read(self.max_bytes + 1)
        return content if len(content) <= self.max_bytes else None

    def _move(self, file: Path, refused: bool) -> None:
        target = self._target(file, refused)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)

    def _target(self, file: Path, refused: bool) -> Path:
        if not self._is_maildir:
            return self.folder / (REFUSED if refused else ".taken") / file.name
        kept = self.folder / REFUSED / "cur" if refused else self.folder / "cur"
        return kept / (file.name if ":2," in file.name else f"{file.name}:2,S")
