"""`index.xml`, which tells a reader what is in the files, and the DTD that says how it tells it.

DTD: the description standard of 1 September 2004 for data that is handed to a tax inspector, in
`gdpdu-01-09-2004.dtd`, which lies beside `index.xml`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never
from xml.sax.saxutils import escape

from cash_register.adapters.dsfinvk.columns import Column, Key, Number, Table, Text

INDEX, DTD = "index.xml", "gdpdu-01-09-2004.dtd"
_DTD = Path(__file__).parent / DTD
_ROWS_FROM = 2


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who hands the data over, and what is in it."""

    name: str
    location: str
    comment: str


def dtd() -> bytes:
    return _DTD.read_bytes()


def index(tables: Sequence[Table], supplier: Supplier) -> bytes:
    """The tables, each whether it has rows or not."""
    return "".join(f"{line}\n" for line in _lines(tables, supplier)).encode()


def _lines(tables: Sequence[Table], supplier: Supplier) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<!DOCTYPE DataSet SYSTEM "{DTD}">'
    yield "<DataSet>"
    yield "<Version>1.0</Version>"
    yield (
        f"<DataSupplier>{_element('Name', supplier.name)}{_element('Location', supplier.location)}"
        f"{_element('Comment', supplier.comment)}</DataSupplier>"
    )
    yield "<Media>"
    yield _element("Name", "DSFinV-K")
    for table in tables:
        yield from _table(table)
    yield "</Media>"
    yield "</DataSet>"


def _table(table: Table) -> Iterator[str]:
    yield f"<Table>{_element('URL', table.file)}{_element('Name', table.name)}"
    # The grouping symbol is named because the standard wants both; no number has one.
    yield "<UTF8/><DecimalSymbol>,</DecimalSymbol><DigitGroupingSymbol>.</DigitGroupingSymbol>"
    yield f"<Range><From>{_ROWS_FROM}</From></Range>"
    # As references: a parser makes one line feed of a carriage return and a line feed that stand there as they are.
    yield "<VariableLength><ColumnDelimiter>;</ColumnDelimiter><RecordDelimiter>&#13;&#10;</RecordDelimiter>"
    yield '<TextEncapsulator>"</TextEncapsulator>'
    for column in table.whole:
        named = _element("Name", column.name) + _element("Description", column.description)
        yield f"<VariableColumn>{named}{_kind(column)}</VariableColumn>"
    yield "</VariableLength></Table>"


def _kind(column: Column) -> str:
    match column:
        case Text(_, longest, _) | Key(_, longest, _):
            return f"<AlphaNumeric/><MaxLength>{longest}</MaxLength>"
        case Number(_, 0, _):
            return "<Numeric/>"
        case Number(_, places, _):
            return f"<Numeric><Accuracy>{places}</Accuracy></Numeric>"
        case _:
            assert_never(column)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(''.join(c if c.isprintable() else ' ' for c in text))}</{name}>"
