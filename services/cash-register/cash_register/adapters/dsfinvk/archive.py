"""The zip that an inspector gets, written while it is read.

The entries of a zip come one after the other, and a closing has rows in all of them. So the receipts go out as they
are read, which begins the answer and is most of it; the rows of the other tables wait, compressed, in temporary files.
Memory is that of one page of receipts, however many years are asked for.
"""

import gzip
import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cash_register.adapters.dsfinvk.books import Rows
from cash_register.adapters.dsfinvk.cells import LINE_END
from cash_register.adapters.dsfinvk.columns import Table
from cash_register.adapters.dsfinvk.index import DTD, INDEX, Supplier, dtd, index
from cash_register.adapters.dsfinvk.tables import RECEIPTS, TABLES

MEMORY_BYTES = 256 * 1024
"""Of one table that waits: what is more goes to the disk."""
PIECE_BYTES = 256 * 1024
_QUICK = 1


class Archive:
    """`begin`, `write` for the rows of each closing, `end`: each gives the bytes that can go out by then.

    Use as a context manager: the temporary files go with it. `made_at` is the clinic's time, which the entries bear.
    """

    def __init__(self, supplier: Supplier, made_at: datetime) -> None:
        self._supplier = supplier
        self._made_at = made_at
        self._out = _Outbound()
        self._zip = ZipFile(self._out, "w", ZIP_DEFLATED)
        self._open = ExitStack()
        self._waiting: dict[str, _Waiting] = {}
        self._leading: IO[bytes] | None = None

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        if self._leading is not None:
            self._leading.close()
        self._zip.close()
        self._open.close()

    def begin(self) -> bytes:
        """What describes the files, and the head of the first."""
        self._zip.writestr(self._entry(INDEX), index(TABLES, self._supplier))
        self._zip.writestr(self._entry(DTD), dtd())
        self._leading = self._zip.open(self._entry(RECEIPTS.file), "w")
        self._leading.write(_head(RECEIPTS))
        with ExitStack() as files:
            for table in TABLES:
                if table is not RECEIPTS:
                    waiting = _Waiting(files.enter_context(SpooledTemporaryFile(MEMORY_BYTES)))
                    waiting.write(_head(table))
                    self._waiting[table.file] = waiting
            self._open.enter_context(files.pop_all())
        return self._out.take()

    def write(self, rows: Rows) -> bytes:
        """Rows of any tables."""
        assert self._leading is not None, "begin comes first"
        for file, several in rows.items():
            (self._leading if file == RECEIPTS.file else self._waiting[file]).write("".join(several).encode())
        return self._out.take()

    def end(self) -> Iterator[bytes]:
        """All that waited, table by table."""
        assert self._leading is not None, "begin comes first"
        self._leading.close()
        yield self._out.take()
        for file, waiting in self._waiting.items():
            with self._zip.open(self._entry(file), "w") as entry:
                for piece in waiting.pieces():
                    entry.write(piece)
                    yield self._out.take()
        self._zip.close()
        yield self._out.take()

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name, self._made_at.timetuple()[:6])
        entry.compress_type = ZIP_DEFLATED
        return entry


class _Outbound(io.RawIOBase):
    """What was written since it was last taken. There is no way back, as on a connection."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


class _Waiting:
    """Bytes of a table until its turn comes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._packed = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_QUICK, mtime=0)

    def write(self, data: bytes) -> None:
        self._packed.write(data)

    def pieces(self) -> Iterator[bytes]:
        self._packed.close()
        self._file.seek(0)
        with gzip.GzipFile(fileobj=self._file, mode="rb") as unpacked:
            while piece := unpacked.read(PIECE_BYTES):
                yield piece


def _head(table: Table) -> bytes:
    return f"{';'.join(column.name for column in table.whole)}{LINE_END}".encode()
