"""The books of registers as a CSV file for everybody: a row for each case and VAT key of a receipt.

UTF-8, a header, no cell that a spreadsheet takes for a formula.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Literal

from cash_register.domain.exports.closings import Closing, Receipt
from chassis.csv_cells import guarded
from kernel.money import Money, plain

Sign = Literal["point", "comma"]
COLUMNS = (
    *("register_id", "closing", "date", "closed_at", "receipt", "receipt_id", "receipt_number", "at"),
    *("user_id", "user_name", "patient_id", "case", "text", "invoice_number", "voucher_number", "vat_key", "vat_rate"),
    *("gross", "net", "vat", "currency", "late", "void", "returns", "method"),
)


class CashBook:
    """See `usecases.exports.ports.Export`. With a decimal comma: semicolons, as German spreadsheets want it."""

    def __init__(self, decimal: Sign = "point") -> None:
        self._decimal = decimal
        self._closing: Closing | None = None

    def __enter__(self) -> "CashBook":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self) -> bytes:
        mark = "\ufeff" if self._decimal == "comma" else ""
        return mark.encode() + self._lines([COLUMNS])

    def open(self, closing: Closing) -> bytes:
        self._closing = closing
        return b""

    def receipts(self, receipts: Sequence[Receipt]) -> bytes:
        assert self._closing is not None, "open comes first"
        return self._lines([row for receipt in receipts for row in self._rows(self._closing, receipt)])

    def close(self) -> bytes:
        return b""

    def end(self) -> Iterator[bytes]:
        return iter(())

    def _rows(self, closing: Closing, receipt: Receipt) -> Iterator[tuple[str, ...]]:
        closed = (guarded(closing.register_id), str(closing.number), closing.on.isoformat())
        ids = (str(receipt.number), guarded(receipt.receipt_id), guarded(receipt.receipt_number or ""))
        who = (receipt.person_id, receipt.person_name or "", receipt.patient_id or "")
        for line in receipt.lines:
            of = (line.case, line.text, line.invoice_number or "", line.voucher_number or "")
            for share in line.shares:
                yield (
                    *(*closed, closing.closed_at.isoformat("T", "seconds"), *ids),
                    *(receipt.at.isoformat("T", "seconds"), *map(guarded, who), *map(guarded, of)),
                    *(str(share.key.number), self._number(f"{share.key.rate_hundredths / 100:.2f}")),
                    *(self._amount(m, closing) for m in (share.gross_minor, share.net_minor, share.tax_minor)),
                    *(closing.currency, str(receipt.late).lower(), str(receipt.void).lower()),
                    guarded(receipt.returns.receipt_id if receipt.returns else ""),
                    receipt.method,
                )

    def _amount(self, minor: int, closing: Closing) -> str:
        return self._number(plain(Money(minor, closing.currency)))

    def _number(self, text: str) -> str:
        return text.replace(".", ",") if self._decimal == "comma" else text

    def _lines(self, rows: Sequence[Sequence[str]]) -> bytes:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=";" if self._decimal == "comma" else ",").writerows(rows)
        return out.getvalue().encode()
