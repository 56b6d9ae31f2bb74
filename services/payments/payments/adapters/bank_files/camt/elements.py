"""Reads off the elements of a camt.053 document."""

from functools import cache
from typing import Any

from kernel.money import MOST_MINOR, Money
from payments.adapters.bank_files.amounts import minor
from payments.domain.bank.statement import StatementInvalid

LONGEST_TEXT = 2_000


@cache
def _path(path: str) -> str:
    return "/".join("{*}" + step for step in path.split("/"))


def text_of(parent: Any, path: str) -> str | None:
    found = parent.findtext(_path(path))
    return " ".join(found.split())[:LONGEST_TEXT] or None if found else None


def texts_of(parent: Any, path: str) -> list[str]:
    return [" ".join(e.text.split()) for e in parent.iterfind(_path(path)) if e.text and e.text.strip()]


def amount_of(parent: Any, where: str) -> tuple[int, str]:
    amount = parent.find("{*}Amt")
    if amount is None:
        raise StatementInvalid("amount-missing", f"{where} has no amount")
    currency = amount.get("Ccy") or ""
    return minor(amount.text, currency, where), currency


def is_credit(parent: Any, where: str) -> bool:
    direction = text_of(parent, "CdtDbtInd")
    if direction not in ("CRDT", "DBIT"):
        raise StatementInvalid("direction-missing", f"{where} does not say whether it came in or went out")
    return direction == "CRDT"


def charges_of(parent: Any, currency: str, where: str) -> Money | None:
    """What the bank took for it, in the currency of the account; less than nothing when it gave some back."""
    whole = parent.find("{*}Chrgs/{*}TtlChrgsAndTaxAmt")
    # Version 02 has the amounts in Chrgs itself, later ones in its records.
    records = [*parent.findall("{*}Chrgs/{*}Rcrd"), *parent.findall("{*}Chrgs")]
    amounts = [(r.find("{*}Amt"), text_of(r, "CdtDbtInd") == "CRDT") for r in records]
    if whole is not None:
        amounts = [(whole, False)]
    found = [
        (minor(a.text, currency, where), back) for a, back in amounts if a is not None and a.get("Ccy") == currency
    ]
    total = sum(-amount if back else amount for amount, back in found)
    if abs(total) > MOST_MINOR:
        raise StatementInvalid("amount-invalid", f"{where}: the charges are larger than any amount that is booked here")
    return Money(total, currency) if found else None
