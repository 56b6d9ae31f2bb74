"""What exports need from outside."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

from cash_register.domain.exports.closings import Closing, NotSigned, Receipt, Signed


class Export(Protocol):
    """A file of closings: `begin`, for each closing `open`, `receipts` as often as there are some, `close`; then `end`.

    Each gives the bytes that can go out by then. It may work for a while: call it in a thread.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def begin(self) -> bytes: ...

    def open(self, closing: Closing) -> bytes: ...

    def receipts(self, receipts: Sequence[Receipt]) -> bytes: ...

    def close(self) -> bytes: ...

    def end(self) -> Iterator[bytes]: ...


class Tse(Protocol):
    """A technical security device: it signs what a register tells it, one transaction after the other.

    `client` is the serial number of the register. It never raises: a device that does not work says so, and the
    receipt goes out without a signature (AEAO to § 146a AO, 7.1).
    """

    async def sign(self, client: str, process_type: str, process_data: str) -> Signed | NotSigned: ...
