"""Amounts and directions as bank exports write them in CSV."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from kernel.currencies import PLACES
from payments.adapters.bank_files.amounts import minor
from payments.domain.bank.statement import CsvColumns, StatementInvalid

_CAME_IN = """
+ C CR CT CRT CRDT CREDIT KREDIT H HABEN GUTSCHRIFT EINGANG BIJ INKOMEND CRÉDIT ENTRÉE AVERE ACCREDITO ABONO INGRESO
ENTRADA CREDITO CRÉDITO MA UZNANIE WPŁYW IN INCOMING DEPOSIT RECEIVED MONEYIN PAIDIN
"""
CREDIT_MARKS = frozenset(_CAME_IN.split())
_WENT_OUT = """
- D DR DT DBT DBIT DEBIT DEBET S SOLL LASTSCHRIFT BELASTUNG AUSGANG AF UITGAAND DÉBIT SORTIE DARE ADDEBITO CARGO GASTO
SALIDA SAÍDA DEBITO DÉBITO WN WINIEN OBCIĄŻENIE WYPŁYW WYDATEK OUT OUTGOING WITHDRAWAL SENT MONEYOUT PAIDOUT
"""
DEBIT_MARKS = frozenset(_WENT_OUT.split())
"""Of banks in English, German, Dutch, French, Italian, Spanish, Portuguese, Polish and the Nordic languages."""
MOST_MARKS = 4
"""Different ones in a column that says the direction."""
LEAST_ROWS = 4
"""Before two words that take turns in a column are taken for marks that nobody knows."""
_LETTERS = {"PLN": "zł", "CZK": "Kč", "HUF": "Ft", "SEK": "kr", "NOK": "kr", "DKK": "kr", "ISK": "kr", "CHF": "Fr."}
_SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥", "ILS": "₪", "TRY": "₺", "UAH": "₴", "INR": "₹", "KRW": "₩"}
_GROUPED = {
    decimal: re.compile(rf"|\d+|\d{{1,3}}(?:({mark})\d{{3}})(?:\1\d{{3}})*", re.ASCII)
    for decimal, mark in {",": r"[.'\u2019\u00a0\u202f ]", ".": r"[,'\u2019\u00a0\u202f ]"}.items()
}
_MINUS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-")
"""Dashes that stand for a minus."""
_BRACKETED = re.compile(r"\((.*)\)")
_SIGNED = re.compile(
    r"(?P<before>[+-]?)\s*(?P<amount>[^\s+\-A-Za-z()](?:.*\d[.,]?)?)\s*(?P<behind>[+-]|[A-Za-z]{1,6}|)"
)


def signed(cells: Mapping[str, str], columns: CsvColumns, where: str) -> int:
    """The amount of a row in minor units, negative for what went out. Raises StatementInvalid."""
    if columns.amount is None:
        return _of_two(cells["debit"], cells["credit"], columns, where)
    amount = _amount(cells["amount"], columns, where)
    if columns.direction is None:
        return amount
    went_out = is_debit(cells["direction"], columns)
    if went_out is None:
        raise StatementInvalid("direction-missing", f"{where}: its mark does not say whether it came in or went out")
    if amount < 0 and not went_out:
        raise StatementInvalid("amount-invalid", f"{where}: the amount is negative, and marked as come in")
    return -abs(amount) if went_out else amount


def is_all_marks(cells: Iterable[str]) -> bool:
    """Whether these are marks that are known everywhere, and one at least of going out."""
    plain = set(map(_mark, cells))
    return plain <= CREDIT_MARKS | DEBIT_MARKS and bool(plain & DEBIT_MARKS)


def may_be_marks(cells: Mapping[str, int], rows: int) -> bool:
    """Whether the cells of a column, each with how often it comes, may say what went out of so many rows.

    They are few, and one is a mark of going out; or every row has one of the same two words, whatever these mean.
    """
    if not 0 < len(cells) <= MOST_MARKS:
        return False
    words = not any(letter.isdigit() for cell in cells for letter in cell)
    two = len(cells) == 2 and rows >= LEAST_ROWS and sum(cells.values()) == rows
    return any(_mark(cell) in DEBIT_MARKS for cell in cells) or (two and words)


def without_currency(text: str, currency: str | None = None) -> str:
    """An amount without the currency that stands before or behind it, by its code or its sign; without one, of any.

    In brackets it is below zero: it is written with a minus then.
    """
    plain = text.strip().translate(_MINUS)
    found = _beside(currency).fullmatch(plain)
    bare = plain if found is None else (found["sign"] or "") + found["amount"].strip()
    if (inner := _BRACKETED.fullmatch(bare)) is None:
        return bare
    inside = without_currency(inner[1], currency)
    return f"-{inside}" if inside[:1].isdigit() and inside[-1:].isdigit() else bare


@lru_cache(maxsize=64)
def _beside(currency: str | None) -> re.Pattern[str]:
    """Something that ends, or begins, with a digit, and a currency right before or behind it."""
    codes = PLACES if currency is None else [currency]
    names = "|".join(re.escape(name) for code in codes for name in _names(code))
    return re.compile(
        rf"(?P<sign>[+-]?)\s*(?:{names})?(?P<amount>\s*\(.*\)|[\s+-]*[\d.,](?:.*[\d.,+-])?)\s*(?:{names})?"
    )


def _names(currency: str) -> tuple[str, ...]:
    dollars = ("$",) if currency.endswith("D") or currency in ("MXN", "ARS", "CLP", "COP") else ()
    return (currency, *(name for named in (_SIGNS, _LETTERS) if (name := named.get(currency))), *dollars)


def is_debit(mark: str, columns: CsvColumns) -> bool | None:
    """Whether a mark says that it went out; None for one that is not known."""
    plain = _mark(mark)
    if plain in set(map(_mark, columns.debit_marks)):
        return True
    if plain in set(map(_mark, columns.credit_marks)):
        return False
    return True if plain in DEBIT_MARKS else False if plain in CREDIT_MARKS else None


def _mark(cell: str) -> str:
    """In capitals, without spaces and full stops: `Dr.`, `Money out`."""
    return cell.upper().replace(".", "").replace(" ", "").strip()


def _of_two(debit: str, credit: str, columns: CsvColumns, where: str) -> int:
    """What is negative among what came in was taken back. What went out is written with a minus, or without."""
    went_out, came_in = (_amount(text, columns, where) if text else None for text in (debit, credit))
    if went_out is None and came_in is None:
        raise StatementInvalid("amount-missing", f"{where}: it has no amount in either column")
    if went_out and came_in:
        raise StatementInvalid("amount-invalid", f"{where}: it has amounts in both columns")
    return came_in or -abs(went_out or 0)


def _amount(text: str, columns: CsvColumns, where: str) -> int:
    """Thousands are set apart by threes or not at all: "1,50" where the point is decimal is no 150.

    A sign may stand before it, or behind it, as a mark of the direction may; the currency on either side. Brackets are
    a minus.
    """
    found = _SIGNED.fullmatch(without_currency(text, columns.currency))
    negative = False
    if found is not None:
        before, behind = found["before"], found["behind"]
        mark = is_debit(behind, columns) if behind else before == "-"
        found = None if mark is None or (before and behind) else found
        negative = bool(mark)
    whole, _, fraction = found["amount"].strip().partition(columns.decimal) if found else ("x", "", "")
    if not _GROUPED[columns.decimal].fullmatch(whole) or not (whole or fraction):
        raise StatementInvalid("amount-invalid", f"{where}: the amount is no decimal number with {columns.decimal}")
    amount = minor(re.sub(r"\D", "", whole) + (f".{fraction}" if fraction else ""), columns.currency, where)
    return -amount if negative else amount
