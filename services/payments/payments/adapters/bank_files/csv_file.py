"""Bank exports as CSV, with a map that says which column is what. Every bad row is reported."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from payments.adapters.bank_files.amounts import iban, minor
from payments.adapters.bank_files.clues import named, with_clues
from payments.adapters.bank_files.parties import plain_name
from payments.domain.bank.statement import CsvColumns, Entry, StatementHead, StatementInvalid, StatementItem

MOST_COMPLAINTS = 100
LONGEST_CELL = 2_000
LONGEST_ROW = 100_000
_CURRENCY = re.compile(r"[A-Z]{3}")
_GROUPED = {
    decimal: re.compile(rf"\d+|\d{{1,3}}(?:({mark})\d{{3}})(?:\1\d{{3}})*", re.ASCII)
    for decimal, mark in {",": r"[.'\u2019\u00a0\u202f ]", ".": r"[,'\u2019\u00a0\u202f ]"}.items()
}


def read_csv(file: Path, columns: CsvColumns) -> Iterator[StatementItem]:
    """One statement without balances. Raises StatementInvalid with every bad row (the first hundred) by its line."""
    encoding = "utf-8-sig" if columns.encoding == "utf-8" else columns.encoding
    complaints: list[str] = []
    try:
        with file.open(encoding=encoding, newline="") as lines:
            fed = _RowFeed(lines)
            rows = csv.DictReader(fed, delimiter=columns.delimiter, strict=True)
            missing = sorted(set(columns.wanted().values()) - set(rows.fieldnames or ()))
            if missing:
                raise StatementInvalid("column-missing", f"the header has no column {', '.join(missing)}")
            yield StatementHead(file.stem, columns.account, columns.currency, None, None)
            for row in rows:
                fed.held = 0
                try:
                    yield _entry(row, columns, f"line {rows.line_num}")
                except StatementInvalid as bad:
                    complaints.append(bad.message)
                    if len(complaints) == MOST_COMPLAINTS:
                        break
    except (UnicodeDecodeError, csv.Error):
        raise StatementInvalid("not-csv", f"the file is no CSV in {columns.encoding}") from None
    if complaints:
        raise StatementInvalid("rows-invalid", "; ".join(complaints))


class _RowFeed:
    """The lines as the reader gets them; `held` counts the letters since the last row, which quotes may stretch."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.held = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(LONGEST_ROW + 1):
            self.held += len(line)
            if self.held > LONGEST_ROW:
                raise StatementInvalid("row-too-long", f"a row has more than {LONGEST_ROW} letters")
            yield line


def _entry(row: Mapping[str | None, str | list[str] | None], columns: CsvColumns, where: str) -> Entry:
    cells = {field: _cell(row.get(column)) for field, column in columns.wanted().items()}
    amount = _signed(cells["amount"], columns, where)
    if None in row:
        raise StatementInvalid("row-too-long", f"{where}: more cells than the header")
    currency = cells.get("row_currency") or columns.currency
    if not _CURRENCY.fullmatch(currency):
        raise StatementInvalid("currency-unknown", f"{where}: the currency is not of ISO 4217")
    entry = Entry(
        booked_on=_day(cells["booked_on"], columns.date_format, where),
        value_on=None,
        amount_minor=abs(amount),
        counts_minor=amount,
        currency=currency,
        credit=amount > 0,
        bank_reference=named(cells.get("bank_reference")),
        end_to_end_id=named(cells.get("end_to_end_id")),
        text=named(" ".join(cells["text"].split())) or "",
        counterparty_name=plain_name(cells.get("counterparty_name")),
        counterparty_iban=iban(cells.get("counterparty_iban")),
    )
    return with_clues(entry)


def _cell(value: str | list[str] | None) -> str:
    return value.strip()[:LONGEST_CELL] if isinstance(value, str) else ""


def _signed(text: str, columns: CsvColumns, where: str) -> int:
    """Thousands are set apart by threes or not at all: "1,50" where the point is decimal is no 150."""
    whole, _, fraction = text.lstrip("+-").strip().partition(columns.decimal)
    if not _GROUPED[columns.decimal].fullmatch(whole) or len(text) - len(text.lstrip("+-")) > 1:
        raise StatementInvalid("amount-invalid", f"{where}: the amount is no decimal number with {columns.decimal}")
    digits = re.sub(r"\D", "", whole) + (f".{fraction}" if fraction else "")
    amount = (-1 if text.startswith("-") else 1) * minor(digits, columns.currency, where)
    if amount == 0:
        raise StatementInvalid("amount-zero", f"{where}: the amount is zero")
    return amount


def _day(text: str, format_: str, where: str) -> date:
    try:
        return datetime.strptime(text, format_).date()
    except ValueError:
        raise StatementInvalid("date-invalid", f"{where}: the booking date does not fit {format_}") from None
