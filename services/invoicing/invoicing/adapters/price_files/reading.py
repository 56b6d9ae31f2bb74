"""A price list in, as CSV: taken whole or not at all, and then every bad row is told."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from email.message import Message
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import ValidationError

from chassis.csv_cells import unguarded
from contracts.clinical import Material, Procedure
from contracts.money import exponent
from invoicing.adapters.price_files.cells import (
    COLUMNS,
    DESCRIPTION,
    EXACT,
    EXEMPTION_CODE,
    LIST_COLUMNS,
    POINTS,
    REQUIRED,
    SELDOM,
    CellInvalid,
    Decimals,
    column_named,
    day,
    language_of,
)
from invoicing.adapters.price_files.row import PriceRow
from invoicing.domain.pricing.price_list import MAX_ITEMS, MAX_PERIODS, Fault, Period, PriceItem, PriceList, faults
from kernel.errors import BusinessError
from kernel.value import replace

MAX_ROWS = 50_000
MAX_FAULTS = 1_000
CHARSETS = {"utf-8": "utf-8-sig", "windows-1252": "cp1252"}
_COLUMN_OF = {"scope": "system_or_unit", "unit_price_minor": "price"}
_NEUTRAL = {
    "unit_price_minor": 0,
    "tax_category": "Z",
    "tax_rate": "0",
    "exemption_reason": None,
    "description": None,
    "descriptions": {},
    "points": None,
    "exemption_code": None,
}
"""In the place of cells that cannot be read, so that the row still counts as a second price of its code."""
_UNSAID = {"procedure": Procedure.model_fields["system"].default, "material": Material.model_fields["unit"].default}
"""What a session means that does not say it."""
Days = tuple[date, date | None]
"""The first and the last day of a period."""
T = TypeVar("T")


class RowFault(NamedTuple):
    """What is wrong with one row, by its number in the spreadsheet: the header is row 1."""

    row: int
    column: str | None
    code: str
    message: str


class PriceFileInvalid(BusinessError):
    """The file was not taken over: the first thousand faults by row, and how many there are."""

    def __init__(self, found: Sequence[RowFault], total: int, bad_rows: int) -> None:
        super().__init__("price-file-invalid", f"{bad_rows} rows do not fit; nothing was taken over")
        self.faults = found
        self.total = total
        self.bad_rows = bad_rows


class _Report:
    def __init__(self) -> None:
        self._faults: list[RowFault] = []
        self._total = 0
        self._rows: set[int] = set()

    def add(self, fault: RowFault) -> None:
        self._total += 1
        self._rows.add(fault.row)
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(fault)

    def refuse(self) -> None:
        """Raises PriceFileInvalid if there is anything in it."""
        if self._total:
            raise PriceFileInvalid(sorted(self._faults, key=lambda f: f.row), self._total, len(self._rows))


def charset_of(content_type: str | None) -> str | None:
    """The charset of a CSV, UTF-8 if nothing is said; None for one that is not read, or if it is no CSV."""
    header = Message()
    header["content-type"] = content_type or ""
    charset = (header.get_content_charset() or "utf-8").replace("utf8", "utf-8")
    return charset if header.get_content_type() == "text/csv" and charset in CHARSETS else None


def read(content: bytes, charset: str, head: PriceList) -> PriceList:
    """`head` with the periods of the file, which are in its currency and on its basis. Raises PriceFileInvalid."""
    report = _Report()
    text = _text(content, charset, report)
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reading = _Reading(head, Decimals("." if delimiter == "," else ".,"), report)
    for row, cells in _rows(text, delimiter, report):
        reading.row(row, cells)
    if not reading.periods:
        report.add(RowFault(1, None, "no-rows", "there is no price in the file"))
        report.refuse()
    prices = reading.prices()
    for fault in faults(prices):
        report.add(reading.row_fault(fault))
    report.refuse()
    return prices


def _text(content: bytes, charset: str, report: _Report) -> str:
    try:
        return content.decode(CHARSETS[charset])
    except UnicodeDecodeError:
        report.add(RowFault(1, None, "encoding", f"the file is not {charset}: save it as CSV UTF-8"))
        report.refuse()
        raise


def _rows(text: str, delimiter: str, report: _Report) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Number and cells of each row that has any."""
    row = 0
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        columns = _columns(next(lines, []), report)
        for row, cells in enumerate(lines, 2):
            if row > MAX_ROWS + 1:
                report.add(RowFault(row, None, "too-many-rows", f"at most {MAX_ROWS} rows are read"))
                return
            if any(cells):
                if len(cells) > len(columns):
                    report.add(RowFault(row, None, "too-many-cells", "there are more cells than the header has"))
                yield row, dict(zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=False))
    except csv.Error:
        report.add(RowFault(row + 1, None, "csv-invalid", "the quotes of this row do not fit"))


def _columns(header: Sequence[str], report: _Report) -> list[str]:
    """Raises PriceFileInvalid: without its columns no row can be judged."""
    columns = [column_named(name.strip().lower()) for name in header]
    for name in REQUIRED:
        if name not in columns:
            report.add(RowFault(1, name, "column-missing", f"the header has no column {name}"))
    for nth, name in enumerate(columns, 1):
        if name not in (*COLUMNS, *SELDOM, DESCRIPTION) and language_of(name) is None:
            known = f"{', '.join((*COLUMNS, *SELDOM))}, {DESCRIPTION}, or {DESCRIPTION}_de and the like"
            report.add(RowFault(1, None, "column-unknown", f"column {nth} is none of {known}"))
        elif columns.index(name) < nth - 1:
            report.add(RowFault(1, name, "column-twice", f"the header has {name} twice"))
    report.refuse()
    return columns


class Read(Protocol):
    """Reads the cell of a column; one that does not fit is reported, and gives `instead`."""

    def __call__(self, column: str, how: Callable[[str], T], instead: T) -> T: ...


class _Reading:
    """Rows become periods and their items; `periods` has, for each, the rows that its items are of."""

    def __init__(self, head: PriceList, decimals: Decimals, report: _Report) -> None:
        self.periods: dict[Days, list[tuple[int, PriceItem]]] = {}
        self._first_rows: dict[Days, int] = {}
        self._head = head
        self._places = exponent(head.currency)
        self._decimals = decimals
        self._report = report

    def row(self, row: int, by_column: Mapping[str, str]) -> None:
        """Takes one row, or reports every cell of it that does not fit."""
        cells = {name: unguarded(cell if name in EXACT else cell.strip()) for name, cell in by_column.items()}
        bad: dict[str, RowFault] = {}

        def read(column: str, how: Callable[[str], T], instead: T) -> T:
            try:
                return how(cells.get(column, ""))
            except CellInvalid as error:
                bad[column] = RowFault(row, column, error.code, error.message)
                return instead

        first = read("valid_from", day, date.min)
        last = read("valid_until", lambda text: day(text) if text else None, None)
        read("currency", self._same_currency, None)
        read("basis", self._same_basis, None)
        item = None
        if any(cell for name, cell in cells.items() if name not in LIST_COLUMNS):
            item = self._item(row, cells, read, bad)
        for fault in bad.values():
            self._report.add(fault)
        if bad.keys().isdisjoint(("valid_from", "valid_until")):
            items = self.periods.setdefault((first, last), [])
            self._first_rows.setdefault((first, last), row)
            if item is not None:
                items.append((row, item))

    def _item(self, row: int, cells: Mapping[str, str], read: Read, bad: dict[str, RowFault]) -> PriceItem | None:
        kind = read("kind", _kind, "procedure")
        body: dict[str, Any] = {
            "kind": kind,
            "scope": cells.get("system_or_unit") or _UNSAID[kind],
            "code": cells["code"],
            "unit_price_minor": read("price", lambda text: self._decimals.minor(text, self._places), 0),
            "tax_category": cells["tax_category"].upper(),
            "tax_rate": read("tax_rate", lambda text: self._decimals.plain(text or "0"), "0"),
            "exemption_reason": cells.get("exemption_reason") or None,
            "description": cells.get(DESCRIPTION) or None,
            "descriptions": {tag: text for name, text in cells.items() if text and (tag := language_of(name))},
            "points": cells.get(POINTS) or None,
            "exemption_code": cells.get(EXEMPTION_CODE) or None,
        }
        try:
            item = PriceRow.model_validate(body).item()
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False, include_context=False):
                column, code = _place(tuple(map(str, detail["loc"])))
                bad.setdefault(column, RowFault(row, column, code, detail["msg"]))
            item = None
        if not bad:
            return item
        # What can be said of the row nevertheless is whether it is the second price of its code.
        if bad.keys() & {"kind", "system_or_unit", "code"}:
            return None
        return PriceRow.model_validate({**body, **_NEUTRAL}).item()

    def _same_currency(self, text: str) -> None:
        if text and text.upper() != self._head.currency:
            raise CellInvalid("currency-differs", f"the list is in {self._head.currency}")

    def _same_basis(self, text: str) -> None:
        if text and text.lower() != self._head.basis:
            raise CellInvalid("basis-differs", f"the list has {self._head.basis} prices")

    def prices(self) -> PriceList:
        """Raises PriceFileInvalid when there are more periods, or prices in one, than a list has."""
        most = max(map(len, self.periods.values()))
        if len(self.periods) > MAX_PERIODS or most > MAX_ITEMS:
            message = f"a list has at most {MAX_PERIODS} periods, and each of them {MAX_ITEMS} prices"
            self._report.add(RowFault(1, None, "list-too-long", message))
            self._report.refuse()
        periods = (
            Period(first, last, tuple(item for _, item in items)) for (first, last), items in self.periods.items()
        )
        return replace(self._head, periods=tuple(periods))

    def row_fault(self, fault: Fault) -> RowFault:
        """What contradicts a rule of all price lists, by its row."""
        assert fault.period is not None
        period, items = list(self.periods.items())[fault.period]
        row = self._first_rows[period] if fault.item is None else items[fault.item][0]
        column = _COLUMN_OF.get(fault.field, fault.field) or ("valid_from" if fault.item is None else "code")
        return RowFault(row, column, fault.code, fault.message)


def _place(place: tuple[str, ...]) -> tuple[str, str]:
    """The column of a part of a row that does not fit, and the code that says so."""
    name = place[0]
    if name == "descriptions" and len(place) > 1:
        return f"{DESCRIPTION}_{place[1]}", "description-invalid"
    column = _COLUMN_OF.get(name, name)
    return column, f"{column.replace('_', '-')}-invalid"


def _kind(text: str) -> str:
    if text.lower() not in _UNSAID:
        raise CellInvalid("kind-unknown", "is neither procedure nor material")
    return text.lower()
