"""Amounts and directions as bank exports write them in CSV."""

import re
from collections.abc import Iterable, Mapping

from payments.adapters.bank_files.amounts import minor
from payments.domain.bank.statement import CsvColumns, StatementInvalid

CREDIT_MARKS = frozenset(
    {
        "+",
        "C",
        "CR",
        "CRDT",
        "CREDIT",
        "H",
        "HABEN",
        "GUTSCHRIFT",
        "BIJ",
        "CRÉDIT",
        "AVERE",
        "ABONO",
        "MA",
        "UZNANIE",
        "IN",
    }
)
DEBIT_MARKS = frozenset(
    {
        "-",
        "D",
        "DR",
        "DBIT",
        "DEBIT",
        "S",
        "SOLL",
        "LASTSCHRIFT",
        "BELASTUNG",
        "AF",
        "DÉBIT",
        "DARE",
        "CARGO",
        "WN",
        "OBCIĄŻENIE",
        "OUT",
    }
)
_GROUPED = {
    decimal: re.compile(rf"|\d+|\d{{1,3}}(?:({mark})\d{{3}})(?:\1\d{{3}})*", re.ASCII)
    for decimal, mark in {",": r"[.'\u2019\u00a0\u202f ]", ".": r"[,'\u2019\u00a0\u202f ]"}.items()
}
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
    plain = {cell.strip().upper() for cell in cells}
    return plain <= CREDIT_MARKS | DEBIT_MARKS and bool(plain & DEBIT_MARKS)


def is_debit(mark: str, columns: CsvColumns) -> bool | None:
    """Whether a mark says that it went out; None for one that is not known."""
    plain = mark.strip().upper()
    if plain in {further.strip().upper() for further in columns.debit_marks}:
        return True
    if plain in {further.strip().upper() for further in columns.credit_marks}:
        return False
    return True if plain in DEBIT_MARKS else False if plain in CREDIT_MARKS else None


def _of_two(debit: str, credit: str, columns: CsvColumns, where: str) -> int:
    went_out, came_in = (_amount(text, columns, where) if text else None for text in (debit, credit))
    if went_out is None and came_in is None:
        raise StatementInvalid("amount-missing", f"{where}: it has no amount in either column")
    if came_in is not None and came_in < 0:
        raise StatementInvalid("amount-invalid", f"{where}: what came in is negative")
    if went_out and came_in:
        raise StatementInvalid("amount-invalid", f"{where}: it has amounts in both columns")
    return came_in or -abs(went_out or 0)


def _amount(text: str, columns: CsvColumns, where: str) -> int:
    """Thousands are set apart by threes or not at all: "1,50" where the point is decimal is no 150.

    A sign may stand before it, or behind it, as a mark of the direction may.
    """
    found = _SIGNED.fullmatch(text)
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
