"""Closings, one after the other, as the zip of DSFinV-K."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cash_register.adapters.dsfinvk.archive import Archive
from cash_register.adapters.dsfinvk.books import Books
from cash_register.adapters.dsfinvk.index import Supplier
from cash_register.domain.exports.closings import Closing, Receipt


class DsfinvkExport:
    """See `usecases.exports.ports.Export`. Its temporary files go with it."""

    def __init__(self, supplier: Supplier, made_at: datetime) -> None:
        self._archive = Archive(supplier, made_at)
        self._books: Books | None = None

    def __enter__(self) -> "DsfinvkExport":
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.__exit__()

    def begin(self) -> bytes:
        return self._archive.begin()

    def open(self, closing: Closing) -> bytes:
        self._books = Books(closing)
        return b""

    def receipts(self, receipts: Sequence[Receipt]) -> bytes:
        assert self._books is not None, "open comes first"
        return self._archive.write(self._books.receipts(receipts))

    def close(self) -> bytes:
        assert self._books is not None, "open comes first"
        return self._archive.write(self._books.end())

    def end(self) -> Iterator[bytes]:
        return self._archive.end()
