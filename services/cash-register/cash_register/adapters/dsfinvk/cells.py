"""How a value is written in its column.

A number has exactly the places that `index.xml` says, a decimal comma, and no separators: readers that do not know
them would make 1.234 of the closing 1234. A text is one line and no longer than its column.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, assert_never

from cash_register.adapters.dsfinvk.columns import Column, Key, Number, Table, Text

Cell = Callable[[Any], str]
HUNDREDTHS = 2
_DIGEST = 12
NOTHING, LINE_END = "", "\r\n"


def cell(column: Column) -> Cell:
    """What writes a value of this column: text, an integer that counts, or an amount in hundredths; None is empty."""
    match column:
        case Text(_, longest, _):
            return lambda value: NOTHING if value is None else cut(value, longest)
        case Key(_, longest, _):
            return lambda value: NOTHING if value is None else shortened(value, longest)
        case Number(_, 0, _):
            return lambda value: NOTHING if value is None else str(value)
        case Number(_, places, _):
            zeros = "0" * (places - HUNDREDTHS)
            return lambda value: NOTHING if value is None else decimal(value, zeros)
        case _:
            assert_never(column)


class Row:
    """Lines of one table in which only these columns are filled, in this order, and some always with the same text."""

    def __init__(self, table: Table, *filled: str, **always: str) -> None:
        known = {column.name: column for column in table.columns}
        if [name for name in known if name in filled] != [*filled] or not always.keys() <= known.keys():
            raise ValueError(f"{filled} and {[*always]} are not columns of {table.file}, in its order")
        cells = ["%s" if name in filled else always.get(name, NOTHING) for name in known]
        self.file = table.file
        self._cells = [written(known[name]) for name in filled]
        self._line = f"%s;{';'.join(cells)}{LINE_END}"

    def of(self, closing: str, *values: object) -> str:
        """Raises ValueError for more or fewer values than the row has columns to fill."""
        return self.put(closing, *[write(value) for write, value in zip(self._cells, values, strict=True)])

    def put(self, closing: str, *cells: str) -> str:
        """Of cells that are written already: most of a receipt is in several tables. Raises TypeError as `of`."""
        return self._line % (closing, *cells)


def beside(columns: Sequence[Column], values: Sequence[object]) -> str:
    """Cells beside each other, without the end of a line."""
    return ";".join(written(column)(value) for column, value in zip(columns, values, strict=True))


def written(column: Column) -> Cell:
    """A cell as it is in a line, in quotes where it needs them; numbers and times have nothing in them that does."""
    match column:
        case Text(_, longest, _):
            return lambda value: NOTHING if value is None else _quoted_text(value, longest)
        case Key(_, longest, _):
            return lambda value: NOTHING if value is None else _quoted_key(value, longest)
        case Number():
            return cell(column)
        case _:
            assert_never(column)


@lru_cache(maxsize=4096)
def _quoted_text(text: str, longest: int) -> str:
    return _quoted(cut(text, longest))


@lru_cache(maxsize=4096)
def _quoted_key(key: str, longest: int) -> str:
    return _quoted(shortened(key, longest))


def _quoted(text: str) -> str:
    """As RFC 4180 has it; there are no ends of lines in it."""
    return '"' + text.replace('"', '""') + '"' if ";" in text or '"' in text else text


@lru_cache(maxsize=4096)
def decimal(hundredths: int, zeros: str = "") -> str:
    sign, size = ("-", -hundredths) if hundredths < 0 else ("", hundredths)
    return f"{sign}{size // 100},{size % 100:02d}{zeros}"


def cut(text: str, longest: int) -> str:
    """On one line; what has no room is left out, and its place is marked."""
    text = _one_line(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def shortened(key: str, longest: int) -> str:
    """A key that has no room keeps its beginning, and ends in a digest of the whole."""
    if len(key) <= longest:
        return _one_line(key)
    digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{_one_line(key)[: longest - _DIGEST - 1]}~{digest}"


def local_time(moment: datetime) -> str:
    """To the second, with the offset of the clinic's clocks (ISO 8601, RFC 3339)."""
    return moment.isoformat(timespec="seconds")


def device_time(moment: datetime) -> str:
    """Of a TSE: in UTC, to the millisecond."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _one_line(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
