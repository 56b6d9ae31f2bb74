"""Bank exports as CSV, with a map that says which column is what. Every bad row is reported."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from payments.adapters.bank_files.amounts import iban
from payments.adapters.bank_files.clues import named, with_clues
from payments.adapters.bank_files.csv_amounts import is_debit, signed
from payments.adapters.bank_files.parties import plain_name
from payments.domain.bank.statement import CsvColumns, Entry, StatementHead, StatementInvalid, StatementItem

MOST_COMPLAINTS = 100
LONGEST_CELL = 2_000
LONGEST_ROW = 100_000
HEADER_WITHIN = 100
"""Lines: many banks write account and period above the header."""
_CURRENCY = re.compile(r"[A-Z]{3}")
_Row = Mapping[str | None, str | list[str] | None]


def read_csv(file: Path, columns: CsvColumns) -> Iterator[StatementItem]:
    """One statement without balances. Raises StatementInvalid with every bad row (the first hundred) by its line."""
    encoding = "utf-8-sig" if columns.encoding == "utf-8" else columns.encoding
    complaints: list[str] = []
    unsigned = _UnsignedAmounts(columns)
    try:
        with file.open(encoding=encoding, newline="") as lines:
            fed = _RowFeed(lines)
            header, above = _header(fed, columns)
            rows = csv.DictReader(fed, fieldnames=header, delimiter=columns.delimiter, strict=True)
            yield StatementHead(file.stem, columns.account, columns.currency, None, None)
            for row in rows:
                fed.held = 0
                if not any(row.values()):
                    continue
                try:
                    entry = _entry(row, columns, f"line {above + rows.line_num}")
                    unsigned.note(row, entry)
                    yield entry
                except StatementInvalid as bad:
                    complaints.append(bad.message)
                    if len(complaints) == MOST_COMPLAINTS:
                        break
    except (UnicodeDecodeError, csv.Error):
        raise StatementInvalid("not-csv", f"the file is no CSV in {columns.encoding}") from None
    if complaints:
        raise StatementInvalid("rows-invalid", "; ".join(complaints))
    unsigned.check()


def _header(fed: "_RowFeed", columns: CsvColumns) -> tuple[list[str], int]:
    """The first line that has all columns of the map, and which one it is."""
    wanted = set(columns.wanted().values())
    missing = wanted
    for number, line in enumerate(islice(fed, HEADER_WITHIN), 1):
        fed.held = 0
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=columns.delimiter), [])]
        missing = min(missing, wanted.difference(cells), key=len)
        if not missing:
            return cells, number
    raise StatementInvalid("column-missing", f"no line has the columns {', '.join(sorted(missing))}")


class _UnsignedAmounts:
    """Rows without any sign, beside a column that says what went out and is not in the map: all would be taken for
    money that came in.
    """

    def __init__(self, columns: CsvColumns) -> None:
        self._columns = columns
        self._mapped = set(columns.wanted().values())
        self._signed = columns.amount is None or columns.direction is not None
        self._marks: dict[str, set[bool | None]] = {}

    def note(self, row: _Row, entry: Entry) -> None:
        self._signed = self._signed or not entry.credit
        if not self._signed:
            for column, cell in row.items():
                if column is not None and column not in self._mapped and isinstance(cell, str) and cell.strip():
                    self._marks.setdefault(column, set()).add(is_debit(cell, self._columns))

    def check(self) -> None:
        """Raises StatementInvalid."""
        telling = [column for column, marks in self._marks.items() if True in marks and None not in marks]
        if telling and not self._signed:
            message = f"no amount has a sign, and {', '.join(sorted(telling))} says what went out: name it as direction"
            raise StatementInvalid("direction-missing", message)


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


def _entry(row: _Row, columns: CsvColumns, where: str) -> Entry:
    cells = {field: _cell(row.get(column)) for field, column in columns.wanted().items()}
    amount = signed(cells, columns, where)
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
        credit=amount >= 0,
        bank_reference=named(cells.get("bank_reference")),
        end_to_end_id=named(cells.get("end_to_end_id")),
        text=named(" ".join(cells["text"].split())) or "",
        counterparty_name=plain_name(cells.get("counterparty_name")),
        counterparty_iban=iban(cells.get("counterparty_iban")),
    )
    return with_clues(entry)


def _cell(value: str | list[str] | None) -> str:
    return value.strip()[:LONGEST_CELL] if isinstance(value, str) else ""


def _day(text: str, format_: str, where: str) -> date:
    try:
        return datetime.strptime(text, format_).date()
    except ValueError:
        raise StatementInvalid("date-invalid", f"{where}: the booking date does not fit {format_}") from None
