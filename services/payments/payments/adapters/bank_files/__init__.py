"""Statements as banks send them: camt.053, MT940 and CSV, read into the same items."""

from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from payments.adapters.bank_files.camt.stream import read_camt
from payments.adapters.bank_files.csv_file import read_csv
from payments.adapters.bank_files.mt940_file import read_mt940
from payments.adapters.bank_files.plain import demand_plain_xml, demand_text
from payments.adapters.bank_files.profile import profile
from payments.domain.bank.statement import CsvColumns, StatementFormat, StatementInvalid, StatementItem

__all__ = ["profile", "read"]


def read(format_: StatementFormat, file: Path, columns: CsvColumns | None = None) -> Iterator[StatementItem]:
    """The statements of a file: each begins with its StatementHead. Raises StatementInvalid, also midway."""
    demand_text(file)
    match format_:
        case "camt.053":
            demand_plain_xml(file)
            return read_camt(file)
        case "mt940":
            return read_mt940(file)
        case "csv":
            if columns is None:
                raise StatementInvalid("columns-missing", "a CSV file needs a map of its columns")
            return read_csv(file, columns)
        case _:
            assert_never(format_)
