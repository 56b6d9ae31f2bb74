"""The map of a CSV's columns, as it comes with the file."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from contracts.money import Currency
from payments.domain.bank.statement import CsvColumns

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_DATE_FORMATS = re.compile(r"(?=.*%[Yy])(?=.*%m)(?=.*%d)%[Yymd][-./ ]?%[Yymd][-./ ]?%[Yymd]")


def _date_format(text: str) -> str:
    if not _DATE_FORMATS.fullmatch(text):
        raise ValueError("is made of %d, %m and %Y (or %y), with - . / or a space between them")
    return text


class CsvColumnsBody(BaseModel):
    """Which column is what, by its name in the header. Amounts have a sign: what went out is negative."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    currency: Currency
    booked_on: ColumnName
    amount: ColumnName
    text: ColumnName
    counterparty_name: ColumnName | None = None
    counterparty_iban: ColumnName | None = None
    bank_reference: ColumnName | None = None
    end_to_end_id: ColumnName | None = None
    row_currency: ColumnName | None = None
    date_format: Annotated[str, AfterValidator(_date_format)] = "%Y-%m-%d"
    decimal: Literal[",", "."] = "."
    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"

    def columns(self) -> CsvColumns:
        return CsvColumns(**self.model_dump())
