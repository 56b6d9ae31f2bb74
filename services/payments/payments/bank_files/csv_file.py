"""Bank exports as CSV, with a map that says which column is what. Every bad row is reported."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.money import Currency
from payments.bank_files.amounts import minor
from payments.bank_files.clues import references_in, words_in
from payments.domain.bank.statement import Entry, Head, Item, StatementInvalid

MOST_COMPLAINTS = 100
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Columns(BaseModel):
    """Which column is what, by its name in the header. Amounts have a sign: what went out is negative."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    currency: Currency
    booked_on: Name
    amount: Name
    text: Name
    counterparty_name: Name | None = None
    counterparty_iban: Name | None = None
    bank_reference: Name | None = None
    end_to_end_id: Name | None = None
    row_currency: Name | None = None
    date_format: Annotated[str, StringConstraints(max_length=20)] = "%Y-%m-%d"
    decimal: Literal[",", "."] = "."
    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"

    def wanted(self) -> dict[str, str]:
        """Column names by field."""
        names = ("booked_on", "amount", "text", "counterparty_name", "counterparty_iban", "bank_reference",
                 "end_to_end_id", "row_currency")  # fmt: skip
        return {name: column for name in names if (column := getattr(self, name)) is not None}


def read_csv(file: Path, columns: Columns) -> Iterator[Item]:
    """One statement without balances. Raises StatementInvalid with every bad row (the first hundred) by its line."""
    encoding = "utf-8-sig" if columns.encoding == "utf-8" else columns.encoding
    complaints: list[str] = []
    try:
        with file.open(encoding=encoding, newline="") as lines:
            rows = csv.DictReader(lines, delimiter=columns.delimiter, strict=True)
            missing = sorted(set(columns.wanted().values()) - set(rows.fieldnames or ()))
            if missing:
                raise StatementInvalid("column-missing", f"the header has no column {', '.join(missing)}")
            yield Head(file.stem, columns.account, columns.currency, None, None)
            for row in rows:
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


def _entry(row: Mapping[str | None, str | list[str] | None], columns: Columns, where: str) -> Entry:
    told = {field: _cell(row.get(column)) for field, column in columns.wanted().items()}
    amount = _signed(told["amount"], columns, where)
    if None in row:
        raise StatementInvalid("row-too-long", f"{where}: more cells than the header")
    text = " ".join(told["text"].split())[:2_000]
    words = words_in(f"{text} {told.get('end_to_end_id', '')}")
    return Entry(
        booked_on=_day(told["booked_on"], columns.date_format, where),
        value_on=None,
        amount_minor=abs(amount),
        counts_minor=amount,
        currency=told.get("row_currency") or columns.currency,
        credit=amount > 0,
        bank_reference=told.get("bank_reference") or None,
        end_to_end_id=told.get("end_to_end_id") or None,
        text=text,
        counterparty_name=told.get("counterparty_name") or None,
        counterparty_iban=re.sub(r"\s", "", told.get("counterparty_iban", "")).upper() or None,
        references=references_in(text, words),
        words=words,
    )


def _cell(value: str | list[str] | None) -> str:
    return value.strip() if isinstance(value, str) else ""


def _signed(text: str, columns: Columns, where: str) -> int:
    thousands = "." if columns.decimal == "," else ","
    plain = re.sub(r"[\s'\u00a0]", "", text).replace(thousands, "").replace(columns.decimal, ".")
    sign = -1 if plain.startswith("-") else 1
    amount = sign * minor(plain.lstrip("+-"), columns.currency, where)
    if amount == 0:
        raise StatementInvalid("amount-zero", f"{where}: the amount is zero")
    return amount


def _day(text: str, format_: str, where: str) -> date:
    try:
        return datetime.strptime(text, format_).date()
    except ValueError:
        raise StatementInvalid("date-invalid", f"{where}: the booking date does not fit {format_}") from None
