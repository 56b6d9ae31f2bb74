"""A map of the columns of a CSV, proposed from its header and its first rows."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from contracts.money import exponent
from payments.adapters.bank_files.amounts import iban
from payments.adapters.bank_files.csv_amounts import is_all_marks, signed, without_currency
from payments.adapters.bank_files.csv_file import HEADER_WITHIN, LONGEST_CELL
from payments.adapters.bank_files.csv_status import NOT_BOOKED, STATUS_NAMES, tells_status
from payments.domain.bank.accounts import iban_within
from payments.domain.bank.clues import key_of
from payments.domain.bank.statement import CsvColumns, StatementInvalid

Decimal = Literal[",", "."]
DECIMALS: tuple[Decimal, ...] = (",", ".")
NEEDED = ("account", "currency", "booked_on", "text", "date_format", "decimal")

DELIMITERS = (";", ",", "\t", "|")
MOST_ROWS = 500
"""That are looked at."""
DATE_FORMATS = tuple(
    form.replace("-", mark)
    for form in ("%Y-%m-%d", "%d-%m-%Y", "%d-%m-%y", "%m-%d-%Y", "%m-%d-%y", "%y-%m-%d")
    for mark in ("-", ".", "/", " ", "")
)
"""Day before month where both fit: banks that write it the other way round write a month above 12 soon enough."""
# Begin of the names in a header, in German, English, Dutch, French, Spanish, Italian and Polish; the surer ones first.
NAMES: dict[str, tuple[str, ...]] = {
    "booked_on": (
        "BUCHUNGSTAG",
        "BUCHUNGSDATUM",
        "BUCHUNG",
        "BOOKING",
        "BOOKED",
        "POSTED",
        "POSTING",
        "BOEKDATUM",
        "BOEKINGSDATUM",
        "TRANSACTIONDATE",
        "TRANSACTIEDATUM",
        "DATEDOPERATION",
        "DATAOPERACJI",
        "DATAKSI",
        "FECHA",
        "DATACONT",
        "DATUM",
        "DATE",
        "DATA",
        "VALUTADATUM",
    ),
    "debit": ("SOLL", "DEBIT", "BELASTUNG", "DÉBIT", "WITHDRAWAL", "PAIDOUT", "MONEYOUT", "CARGO", "DARE", "OBCIĄŻENI"),
    "credit": ("HABEN", "CREDIT", "GUTSCHRIFT", "CRÉDIT", "DEPOSIT", "PAIDIN", "MONEYIN", "ABONO", "AVERE", "UZNANI"),
    "amount": (
        "BETRAG",
        "AMOUNT",
        "BEDRAG",
        "UMSATZ",
        "MONTANT",
        "IMPORTE",
        "IMPORTO",
        "KWOTA",
        "TRANSACTIONAMOUNT",
        "TRANSACTIEBEDRAG",
    ),
    "text": (
        "VERWENDUNGSZWECK",
        "ZWECK",
        "PURPOSE",
        "REMITTANCE",
        "MEDEDELINGEN",
        "NOTIFICATION",
        "OMSCHRIJVING",
        "DESCRIPTION",
        "DETAILS",
        "NARRATIVE",
        "LIBELL",
        "MOTIF",
        "CONCEPTO",
        "CAUSALE",
        "DESCRI",
        "TYTU",
        "OPIS",
        "MEMO",
        "BUCHUNGSTEXT",
        "TEXT",
        "REFERENCE",
    ),
    "counterparty_iban": (
        "IBANZAHLUNGSBETEILIGTER",
        "KONTONUMMERIBAN",
        "TEGENREKENING",
        "COUNTERPARTYIBAN",
        "COUNTERPARTYACCOUNT",
        "PAYERIBAN",
        "IBAN",
        "KONTONUMMER",
        "NUMERRACHUNKUNADAWCY",
    ),
    "counterparty_name": (
        "BEGÜNSTIGTER",
        "BEGUENSTIGTER",
        "NAMEZAHLUNGSBETEILIGTER",
        "AUFTRAGGEBER",
        "ZAHLUNGSPFLICHTIGE",
        "COUNTERPARTY",
        "PAYER",
        "NAAMTEGENPARTIJ",
        "NAAM",
        "NADAWCA",
        "ORDONNATEUR",
        "ORDENANTE",
        "NAME",
        "PAYEE",
    ),
    "row_currency": ("WÄHRUNG", "WAEHRUNG", "CURRENCY", "MUNT", "DEVISE", "DIVISA", "WALUTA", "CCY"),
    "status": STATUS_NAMES,
    "end_to_end_id": ("ENDTOEND", "KUNDENREFERENZ"),
    "bank_reference": ("BANKREFERENZ", "BANKREFERENCE", "TRANSACTIONID", "TRANSACTIEREFERENTIE", "VOLGNR"),
}
_ANY_NAME = tuple(name for names in NAMES.values() for name in names)
LEAST_NAMES = 3
"""That are known make a line a header."""
OWN = ("AUFTRAGSKONTO", "EIGENESKONTO", "OWNACCOUNT", "MYACCOUNT")
"""Ends of the names of columns that have the clinic's account, and no counterparty's."""
OWN_ACCOUNT = ("AUFTRAGSKONTO", "IBANAUFTRAGSKONTO", "OWNACCOUNT", "REKENING", "ACCOUNT", "IBANBBAN", "COMPTE")
_AMOUNT = re.compile(r"[+-]?\s*[\d.,'\u2019\u00a0\u202f ]*\d[.,]?\s*(?:[+-]|[A-Za-z]{1,2})?")


@dataclass(frozen=True, slots=True)
class _Table:
    """Header and rows under one delimiter, with what stands above."""

    delimiter: str
    above: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    found: Mapping[str, str]

    def amounts(self, column: str) -> list[str]:
        """Without the currency beside them."""
        return list(map(without_currency, self.values(column)))

    def values(self, column: str) -> list[str]:
        place = self.header.index(column)
        return [cell for row in self.rows if len(row) > place and (cell := row[place].strip()[:LONGEST_CELL])]


def proposed_columns(text: str, encoding: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The map as far as the file shows it, and the fields of it that a person has to add."""
    table = max((_table(text, delimiter) for delimiter in DELIMITERS), key=lambda table: len(table.found))
    columns = dict(table.found)
    if not {"debit", "credit"} <= columns.keys() or "amount" in columns:
        columns = {name: column for name, column in columns.items() if name not in ("debit", "credit")}
    numbers = [columns[name] for name in ("amount", "debit", "credit") if name in columns]
    amounts = [cell for column in numbers for cell in table.amounts(column)]
    currency = _currency(table)
    dates = table.values(columns["booked_on"]) if "booked_on" in columns else []
    seen = {
        "account": _account(table),
        "currency": currency,
        "direction": _direction(table, amounts) if "amount" in columns else None,
        "date_format": _date_format(dates),
        "decimal": _decimal(amounts, currency or "EUR"),
        "delimiter": table.delimiter,
        "encoding": encoding,
    }
    columns |= {name: value for name, value in seen.items() if value is not None}
    missing = [name for name in NEEDED if name not in columns]
    if "amount" not in columns and "debit" not in columns:
        missing.append("amount")
    return columns, tuple(missing)


def _table(text: str, delimiter: str) -> _Table:
    """Under this delimiter, with the line that has the most known names as its header."""
    lines = text.splitlines()[: HEADER_WITHIN + MOST_ROWS]
    best = _Table(delimiter, "", (), (), {})
    for number, line in enumerate(lines[:HEADER_WITHIN]):
        header = [cell.strip() for cell in _cells([line], delimiter)[0]] if line.strip() else []
        if sum(key_of(cell).startswith(_ANY_NAME) for cell in header) < LEAST_NAMES:
            continue
        table = _Table(delimiter, "\n".join(lines[:number]), header, _cells(lines[number + 1 :], delimiter), {})
        found = _found(table)
        if len(found) > len(best.found):
            best = replace(table, found=found)
    return best


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [[]]


def _found(table: _Table) -> dict[str, str]:
    """The columns by field: of the names that fit and hold what the field is, the surest."""
    found: dict[str, str] = {}
    for field, names in NAMES.items():
        fits = [
            (key_of(column) != name, names.index(name), column)
            for column in table.header
            if column and column not in found.values()
            for name in names
            if key_of(column).startswith(name) and _holds(field, table.values(column))
            if field != "counterparty_iban" or not key_of(column).endswith(OWN)
        ]
        if fits:
            found[field] = min(fits)[2]
    return found


def _holds(field: str, values: Sequence[str]) -> bool:
    match field:
        case "booked_on":
            return not values or _date_format(values) is not None
        case "amount" | "debit" | "credit":
            return all(_AMOUNT.fullmatch(without_currency(value)) for value in values)
        case "counterparty_iban":
            return not values or any(iban(value) for value in values)
        case "counterparty_name" | "text":
            return not values or not all(iban(value) or _AMOUNT.fullmatch(value) for value in values)
        case "status":
            return tells_status(values)
        case "row_currency":
            return all(_is_currency(value) for value in values)
        case _:
            return True


def _account(table: _Table) -> str | None:
    """The clinic's: a column of its own that always says the same, or what stands above the header."""
    for column in table.header:
        if column not in table.found.values() and key_of(column).startswith(OWN_ACCOUNT):
            values = set(table.values(column))
            if len(values) == 1:
                return values.pop()
    for line in table.above.splitlines():
        for cell in _cells([line], table.delimiter)[0]:
            words = cell.rpartition(":")[2]
            if own := iban(words) or iban_within(words.upper()):
                return own
    return None


def _currency(table: _Table) -> str | None:
    of_rows = set(table.values(table.found["row_currency"])) if "row_currency" in table.found else set()
    if len(of_rows) == 1:
        return of_rows.pop()
    headed = [table.found[name] for name in ("amount", "debit", "credit") if name in table.found]
    amounts = [cell for column in headed for cell in table.values(column)]
    words = [word for text in (*headed, table.above, *amounts) for word in re.findall(r"\b[A-Z]{3}\b", text)]
    return next(filter(_is_currency, words), None)


def _direction(table: _Table, amounts: Sequence[str]) -> str | None:
    """A column of marks, where no amount has a sign."""
    if any(re.search(r"[-A-Za-z(]", amount) for amount in amounts):
        return None
    left = [column for column in table.header if column and column not in table.found.values()]
    return next((column for column in left if is_all_marks(table.values(column))), None)


def _is_currency(word: str) -> bool:
    try:
        return exponent(word) >= 0
    except ValueError:
        return False


def _date_format(values: Sequence[str]) -> str | None:
    """Of the days; a row that is not booked may have a word in their place."""
    days = [value for value in values if key_of(value) not in NOT_BOOKED]
    return next((form for form in DATE_FORMATS if days and all(_is_date(day, form) for day in days)), None)


def _is_date(text: str, form: str) -> bool:
    try:
        return 1990 <= datetime.strptime(text, form).year <= 2100
    except ValueError:
        return False


def _decimal(amounts: Sequence[str], currency: str) -> str | None:
    """The mark with which all amounts can be read; None where they can be with either, and one has a mark."""
    reading = [mark for mark in DECIMALS if amounts and all(_reads(amount, mark, currency) for amount in amounts)]
    if len(reading) == len(DECIMALS) and not re.search("[.,]", "".join(amounts)):
        return "."
    return reading[0] if len(reading) == 1 else None


def _reads(amount: str, decimal: Decimal, currency: str) -> bool:
    columns = CsvColumns(account="", currency=currency, booked_on="", text="", amount="", decimal=decimal)
    try:
        signed({"amount": amount}, columns, "")
    except StatementInvalid:
        return False
    return True
