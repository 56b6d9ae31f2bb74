"""Closings, one after the other, as one JSON document: what `schemas.closings.CashBookView` describes."""

import json
from collections.abc import Iterator, Sequence

from cash_register.api.schemas.closings import CaseSumView, ClosingView, ReceiptView
from cash_register.domain.exports.closings import Closing, Receipt
from cash_register.domain.exports.sums import Sums
from kernel.money import Money


class CashBookJson:
    """See `usecases.exports.ports.Export`."""

    def __init__(self, clinic_id: str) -> None:
        self._clinic_id = clinic_id
        self._closing: Closing | None = None
        self._between = ""
        self._sums = Sums()

    def __enter__(self) -> "CashBookJson":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self) -> bytes:
        return f'{{"clinic_id":{json.dumps(self._clinic_id)},"closings":['.encode()

    def open(self, closing: Closing) -> bytes:
        head = ClosingView.of(closing).model_dump_json()
        separated = f"{self._between}{head[:-1]}," + '"receipts":['
        self._closing, self._sums, self._between = closing, Sums(), ","
        return separated.encode()

    def receipts(self, receipts: Sequence[Receipt]) -> bytes:
        closing = self._opened()
        pieces = [ReceiptView.of(receipt, closing.currency).model_dump_json() for receipt in receipts]
        separated = ("," if self._sums.receipts and pieces else "") + ",".join(pieces)
        for receipt in receipts:
            self._sums.add(receipt)
        return separated.encode()

    def close(self) -> bytes:
        currency = self._opened().currency
        cases = ",".join(CaseSumView.of(one, currency).model_dump_json() for one in self._sums.cases)
        cash = Money(self._sums.cash_minor, currency)
        drawer = json.dumps({"amount_minor": cash.amount_minor, "currency": cash.currency})
        return f'],"sums":[{cases}],"cash":{drawer}}}'.encode()

    def end(self) -> Iterator[bytes]:
        yield b"]}"

    def _opened(self) -> Closing:
        assert self._closing is not None, "open comes first"
        return self._closing
