"""On which accounts a clinic books its patients' money."""

from dataclasses import dataclass
from typing import Literal, assert_never

from payments.domain.intake.payment import Method

AccountName = Literal[
    "cash", "bank", "cheques", "card_clearing", "terminal_clearing", "patients", "payment_fees", "cash_rounding"
]
"""`card_clearing` is money that Stripe has and pays out later, `terminal_clearing` what the terminal's provider has;
`patients` is what they and insurers owe.
"""
Chart = Literal["SKR03", "SKR04"]
CHARTS: dict[Chart, dict[AccountName, str]] = {
    "SKR03": {
        "cash": "1000",
        "bank": "1200",
        "cheques": "1330",
        "card_clearing": "1360",
        "terminal_clearing": "1360",
        "patients": "1410",
        "payment_fees": "4970",
        "cash_rounding": "4900",
    },
    "SKR04": {
        "cash": "1600",
        "bank": "1800",
        "cheques": "1550",
        "card_clearing": "1460",
        "terminal_clearing": "1460",
        "patients": "1210",
        "payment_fees": "6855",
        "cash_rounding": "6300",
    },
}
"""DATEV's standard charts: Kasse, Bank, Schecks, Geldtransit (for both clearings, unless a clinic has another),
Forderungen aus Lieferungen und Leistungen ohne Kontokorrent (that with accounts of each patient is booked on through
them only), Nebenkosten des Geldverkehrs, Sonstige betriebliche Aufwendungen.
"""
SHORTEST = 4
"""Digits of an account in the charts; a longer one has zeros behind."""


@dataclass(frozen=True, slots=True)
class AccountNumbers:
    """The clinic's own numbers, or names; None where the chart's, or our name of the account, will do."""

    cash: str | None = None
    bank: str | None = None
    cheques: str | None = None
    card_clearing: str | None = None
    terminal_clearing: str | None = None
    patients: str | None = None
    payment_fees: str | None = None
    cash_rounding: str | None = None


@dataclass(frozen=True, slots=True)
class Datev:
    """At the tax adviser: their number, the clinic's there, digits of an account, and when the year begins."""

    consultant: int
    client: int
    account_length: int = SHORTEST
    year_begins: str = "01-01"


@dataclass(frozen=True, slots=True)
class Accounting:
    """What the exports go by. Without `datev` there is no file for it."""

    chart: Chart | None = None
    accounts: AccountNumbers = AccountNumbers()
    datev: Datev | None = None

    def number(self, name: AccountName) -> str:
        """The clinic's own, else the chart's, else our name."""
        own: str | None = getattr(self.accounts, name)
        if own is not None:
            return own
        if self.chart is None:
            return name
        length = self.datev.account_length if self.datev else SHORTEST
        return CHARTS[self.chart][name].ljust(length, "0")


def account_of(method: Method) -> AccountName:
    """Where the money of a payment is."""
    match method:
        case "cash":
            return "cash"
        case "bank_transfer":
            return "bank"
        case "cheque":
            return "cheques"
        case "card":
            return "card_clearing"
        case "card_terminal":
            return "terminal_clearing"
        case _:
            assert_never(method)
