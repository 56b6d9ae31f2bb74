"""The map of a CSV's columns, as it comes with the file."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.money import Currency
from payments.domain.bank.statement import CsvColumns

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Mark = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
_DATE_FORMATS = re.compile(r"(?=.*%[Yy])(?=.*%m)(?=.*%d)%[Yymd][-./ ]?%[Yymd][-./ ]?%[Yymd]")


def _date_format(text: str) -> str:
    if not _DATE_FORMATS.fullmatch(text):
        raise ValueError("is made of %d, %m and %Y (or %y), with - . / or a space between them")
    return text


class CsvColumnsBody(BaseModel):
    """Which column is what, by its name in the header; lines above the header are passed over.

    What went out is negative in `amount`, or has a mark (D, S, Af, DBIT, - …) in the column `direction`, or stands in
    the column `debit` beside `credit`. Further marks are named in `debit_marks` and `credit_marks`. Rows whose `status`
    says that they are only pending, or came to nothing, are left out; further words of it are named in `booked_marks`
    and `pending_marks`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    currency: Currency
    booked_on: ColumnName
    text: ColumnName
    amount: ColumnName | None = None
    direction: ColumnName | None = None
    debit: ColumnName | None = None
    credit: ColumnName | None = None
    debit_marks: Annotated[tuple[Mark, ...], Field(max_length=20)] = ()
    credit_marks: Annotated[tuple[Mark, ...], Field(max_length=20)] = ()
    counterparty_name: ColumnName | None = None
    counterparty_iban: ColumnName | None = None
    bank_reference: ColumnName | None = None
    end_to_end_id: ColumnName | None = None
    row_currency: ColumnName | None = None
    status: ColumnName | None = None
    booked_marks: Annotated[tuple[Mark, ...], Field(max_length=20)] = ()
    pending_marks: Annotated[tuple[Mark, ...], Field(max_length=20)] = ()
    date_format: Annotated[str, AfterValidator(_date_format)] = "%Y-%m-%d"
    decimal: Literal[",", "."] = "."
    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"

    @model_validator(mode="after")
    def _says_the_direction(self) -> Self:
        two = (self.debit is not None, self.credit is not None)
        if any(two) == (self.amount is not None) or any(two) != all(two):
            raise ValueError("needs `amount`, or both `debit` and `credit`: else nothing says what went out")
        if self.direction is not None and self.amount is None:
            raise ValueError("`direction` is about `amount`")
        return self

    def columns(self) -> CsvColumns:
        return CsvColumns(**self.model_dump())
