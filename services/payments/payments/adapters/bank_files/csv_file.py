"""Bank exports as CSV, with a map that says which column is what. Every bad row is reported."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from payments.adapters.bank_files.amounts import iban
from payments.adapters.bank_files.clues import named, with_clues
from payments.adapters.bank_files.csv_amounts import MOST_MARKS, may_be_marks, signed
from payments.adapters.bank_files.csv_status import is_booked
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
    """One statement without balances; rows that are not booked are left out.

    Raises StatementInvalid with every bad row (the first hundred) by its line.
    """
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
                    if entry is not None:
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
        self._cells: dict[str, Counter[str]] = {}
        self._rows = 0

    def note(self, row: _Row, entry: Entry) -> None:
        self._signed = self._signed or not entry.credit
        if self._signed:
            return
        self._rows += 1
        for column, cell in row.items():
            if column is not None and column not in self._mapped and isinstance(cell, str) and cell.strip():
                cells = self._cells.setdefault(column, Counter())
                if len(cells) <= MOST_MARKS:
                    cells[cell.strip()[:LONGEST_CELL]] += 1

    def check(self) -> None:
        """Raises StatementInvalid."""
        telling = [column for column, cells in self._cells.items() if may_be_marks(cells, self._rows)]
        if telling and not self._signed:
            raise StatementInvalid(
                "direction-missing",
                f"no amount has a sign, and {', '.join(sorted(telling))} may say what went out: name it as direction, "
                "and in credit_marks and debit_marks what its words mean",
            )


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


def _entry(row: _Row, columns: CsvColumns, where: str) -> Entry | None:
    """None for a row that is not booked."""
    wanted = columns.wanted()
    cells = {field: _cell(row.get(column)) for field, column in wanted.items()}
    mapped = set(wanted.values())
    other = {column: _cell(cell) for column, cell in row.items() if column is not None and column not in mapped}
    if not is_booked(cells, other, columns, where):
        return None
    amount = signed(cells, columns, where)
    if any(cell.strip() for cell in row.get(None) or ()):
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
    return with_clues(entry, columns.account)


def _cell(value: str | list[str] | None) -> str:
    return value.strip()[:LONGEST_CELL] if isinstance(value, str) else ""


def _day(text: str, format_: str, where: str) -> date:
    try:
        return datetime.strptime(text, format_).date()
    except ValueError:
        raise StatementInvalid("date-invalid", f"{where}: the booking date does not fit {format_}") from None
