"""On which accounts a clinic books, as it is said over HTTP."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from payments.api.schemas.values import RequestBody
from payments.domain.accounting.accounts import SHORTEST, Chart

OwnAccount = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,39}$")]
"""A number, or a name; nothing that a spreadsheet takes for a formula."""


class AccountNumbersBody(RequestBody):
    """The clinic's own accounts; one that is left out is the chart's."""

    cash: OwnAccount | None = Field(default=None, description="the till")
    bank: OwnAccount | None = Field(default=None, description="where transfers arrive")
    cheques: OwnAccount | None = Field(default=None, description="cheques that are not paid in yet")
    card_clearing: OwnAccount | None = Field(default=None, description="what Stripe has and pays out later")
    terminal_clearing: OwnAccount | None = Field(default=None, description="what a terminal's provider pays out")
    patients: OwnAccount | None = Field(default=None, description="what patients and insurers owe")
    payment_fees: OwnAccount | None = Field(default=None, description="what Stripe keeps")
    cash_rounding: OwnAccount | None = Field(default=None, description="what cash was rounded by")


def _day_of_each_year(text: str) -> str:
    try:
        date.fromisoformat(f"2023-{text}")
    except ValueError:
        raise ValueError("is no day of each year, as 01-01") from None
    return text


class DatevBody(RequestBody):
    """At the tax adviser; without it there is no file for DATEV."""

    consultant: Annotated[int, Field(ge=1001, le=9_999_999)] = Field(description="the adviser's number (Berater)")
    client: Annotated[int, Field(ge=1, le=99_999)] = Field(description="the clinic's number there (Mandant)")
    account_length: Annotated[int, Field(ge=SHORTEST, le=8)] = Field(
        default=SHORTEST, description="digits of an account; those of people have one more"
    )
    year_begins: Annotated[str, Field(pattern=r"^[0-9]{2}-[0-9]{2}$"), AfterValidator(_day_of_each_year)] = Field(
        default="01-01", description="month and day on which the clinic's financial year begins"
    )


class AccountingBody(RequestBody):
    """What the exports of bookings go by."""

    chart: Chart | None = Field(
        default=None, description="a standard chart of DATEV; without one, accounts that have no number have our names"
    )
    accounts: AccountNumbersBody = Field(default=AccountNumbersBody(), description="the clinic's own numbers")
    datev: DatevBody | None = Field(default=None, description="needed for the file for DATEV")

    @model_validator(mode="after")
    def _has_numbers_for_datev(self) -> Self:
        if self.datev is None:
            return self
        own = self.accounts.model_dump()
        if self.chart is None and None in own.values():
            raise ValueError("for DATEV, name a chart or all of the accounts")
        wrong = [
            name
            for name, account in own.items()
            if account is not None and not (account.isdecimal() and len(account) <= self.datev.account_length + 1)
        ]
        if wrong:
            raise ValueError(f"for DATEV, an account is a number of so many digits: {', '.join(wrong)}")
        return self
