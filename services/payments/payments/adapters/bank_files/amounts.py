"""Amounts, dates and account numbers as banks write them."""

import re
from datetime import date

from contracts.money import exponent
from kernel.money import MOST_MINOR
from payments.domain.bank.statement import StatementInvalid

_DECIMAL = re.compile(r"(?:\+?|-(?=[0.]*$))0{0,100}(\d{0,15})(?:\.(\d{0,100}))?", re.ASCII)
# No IBAN has the check digits 00, 01 or 99: a bank that does not tell the account writes zeros.
_IBAN = re.compile(r"(?!RF)[A-Z]{2}(?!00|01|99)\d{2}[A-Z0-9]{11,30}")


def minor(text: str | None, currency: str | None, where: str) -> int:
    """An amount in minor units, as XML Schema writes a decimal: `12.50`, `+12.5`, `012.500`, `12.`, `.05`,
    `-0.00`.

    Raises StatementInvalid, also for more decimals than the currency has.
    """
    written = _DECIMAL.fullmatch((text or "").strip())
    if written is None or not any(map(str.isdigit, written.group())):
        raise StatementInvalid("amount-invalid", f"{where}: the amount is no decimal number")
    try:
        places = exponent(currency or "")
    except ValueError:
        raise StatementInvalid("currency-unknown", f"{where}: the currency is not of ISO 4217") from None
    whole, fraction = written[1], written[2] or ""
    minor_digits, rest = fraction[:places], fraction[places:]
    if rest.strip("0"):
        raise StatementInvalid("amount-invalid", f"{where}: {currency} has {places} decimal places")
    amount = int("0" + whole + minor_digits.ljust(places, "0"))
    if amount > MOST_MINOR:
        raise StatementInvalid("amount-invalid", f"{where}: the amount is larger than any that is booked here")
    return amount


def day(text: str | None, where: str) -> date:
    """The date part of an ISO date or time. Raises StatementInvalid."""
    try:
        return date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        raise StatementInvalid("date-invalid", f"{where}: the booking date is missing or no date") from None


def iban(text: str | None) -> str | None:
    """An IBAN without its spaces, in capitals; None for what has not the form of one, and for a reference (RF)."""
    plain = "".join((text or "").split()).upper()
    return plain if _IBAN.fullmatch(plain) else None
