"""What a bookkeeper is given is what the settlements say, to the cent, in whatever file."""

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.adapters.accounting import datev, sheets
from payments.api.schemas.accounting import AccountingBody
from payments.domain.accounting.accounts import Accounting, AccountName, AccountNumbers, Datev, account_of
from payments.domain.accounting.bookings import bookings
from payments.domain.accounting.day_sheet import day_sheet, day_sums
from payments.domain.intake.payment import Method
from payments.domain.intake.payment_policy import Calendar
from payments.domain.settlement.movements import MOVES, Movement, MovementKind
from payments.domain.settlement.settlement import summed
from pydantic import ValidationError

from chassis.csv_cells import guarded
from kernel.actor import Actor
from kernel.errors import BusinessError, Conflict
from kernel.money import Money

BERLIN = Calendar("Europe/Berlin")
SKR04 = Accounting("SKR04", AccountNumbers(terminal_clearing="1461"), Datev(1234567, 12345))
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = datev.Batch(date(2026, 1, 1), date(2026, 12, 31), "EUR", datetime(2026, 11, 30, 2, 3, 4, 567_890, tzinfo=UTC))
OURS: Accounting = Accounting()
GIVES = ("received", "returned", "won")


def movement(kind: MovementKind, minor: int, currency: str, method: Method, hours: int, user: str, n: int) -> Movement:
    return Movement(
        kind,
        Money(minor if kind in GIVES else -minor, currency),
        f"pay_{n:032x}",
        method,
        NEW_YEAR + timedelta(hours=hours),
        Actor(user, f"={user}", "front_desk"),
        receipt_number=f"R-clinic_ä.{n:06d}" if kind == "received" else None,
    )


MOVED = st.lists(
    st.builds(
        movement,
        st.sampled_from(get_args(MovementKind)),
        st.integers(0, 10**9),
        st.sampled_from(["EUR", "CHF", "JPY"]),
        st.sampled_from(get_args(Method)),
        st.integers(0, 364 * 24),
        st.sampled_from(["usr-1", "@usr-2", "stripe"]),
        st.integers(0, 99),
    ),
    max_size=30,
)


def rows_of(content: bytes, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))


def minor(amount: str) -> int:
    return int(amount.replace(",", ".").replace(".", "")) if amount else 0


def settled(moved: list[Movement], currency: str) -> dict[AccountName, int]:
    """What a settlement says that each account gained, beside what patients owe less."""
    gained: Counter[AccountName] = Counter()
    for (method, one), sums in summed(moved, lambda m: m.method).items():
        if one == currency:
            fee, rounded = (sums.amounts_minor.get(kind, 0) for kind in ("fee", "rounded"))
            gained[account_of(method)] += sums.net.amount_minor + fee - rounded
            gained["cash_rounding"] += rounded
            gained["patients"] -= sums.net.amount_minor
            gained["payment_fees"] -= fee
    return {name: amount for name, amount in gained.items() if amount}


@given(MOVED)
def test_the_sums_of_the_batch_for_datev_are_those_of_the_settlement(moved: list[Movement]) -> None:
    _, columns, *rows = rows_of(datev.write(bookings(moved, BERLIN), SKR04, YEAR), "cp1252", ";")
    names = {SKR04.number(name): name for name in get_args(AccountName)}
    gained: Counter[AccountName] = Counter()
    for row in rows:
        line = dict(zip(columns, row, strict=True))
        amount = minor(line["Umsatz (ohne Soll/Haben-Kz)"])
        assert (amount > 0, line["WKZ Umsatz"]) == (True, "EUR")
        sign = {"S": 1, "H": -1}[line["Soll/Haben-Kennzeichen"]]
        gained[names[line["Konto"]]] += sign * amount
        gained[names[line["Gegenkonto (ohne BU-Schlüssel)"]]] -= sign * amount
    assert {name: amount for name, amount in gained.items() if amount} == settled(moved, "EUR")
    euros = [m for m in moved if m.amount.currency == "EUR" and m.amount.amount_minor]
    assert len(rows) == len(euros)
    days = Counter(f"{BERLIN.local_date(m.at):%d%m}" for m in euros)
    assert Counter(row[columns.index("Belegdatum")] for row in rows) == days


@given(MOVED)
def test_debits_are_credits_and_both_are_what_the_settlement_says(moved: list[Movement]) -> None:
    columns, *rows = rows_of(sheets.double_entries(bookings(moved, BERLIN), OURS))
    by_entry: Counter[str] = Counter()
    gained: dict[str, Counter[str]] = {"EUR": Counter(), "CHF": Counter(), "JPY": Counter()}
    for row in rows:
        line = dict(zip(columns, row, strict=True))
        amount = minor(line["debit"]) - minor(line["credit"])
        by_entry[line["entry"]] += amount
        gained[line["currency"]][line["account"]] += amount
    assert set(by_entry.values()) <= {0}
    for currency, accounts in gained.items():
        assert {name: amount for name, amount in accounts.items() if amount} == settled(moved, currency)


@given(MOVED, st.sampled_from([None, "usr-1", "stripe"]))
def test_the_journal_has_every_movement_by_day_and_person_and_its_sums_are_those_of_the_days(
    moved: list[Movement], user: str | None
) -> None:
    entries = day_sheet(moved, BERLIN, user)
    mine = [m for m in moved if user in (None, m.by.actor_id)]
    assert Counter(entry.moved for entry in entries) == Counter(mine)
    order = [(entry.on, entry.moved.by.actor_id, entry.moved.at) for entry in entries]
    assert order == sorted(order)
    for one in day_sums(entries, BERLIN):
        of_day = [m for m in mine if BERLIN.local_date(m.at) == one.on and m.by.actor_id == one.actor_id]
        assert one.sums == summed(of_day, lambda m: m.by.actor_id)[one.actor_id, one.sums.currency]
    net = sum(one.sums.net.amount_minor for one in day_sums(entries, BERLIN))
    assert net == sum(m.amount.amount_minor for m in mine if m.kind in MOVES)
    columns, *rows = rows_of(sheets.journal(entries))
    assert len(rows) == len(mine)
    amount = columns.index("amount")
    assert sum(minor(row[amount]) for row in rows) == sum(m.amount.amount_minor for m in mine)


@given(MOVED)
def test_no_cell_is_a_formula_in_any_of_the_files(moved: list[Movement]) -> None:
    for sign in get_args(sheets.Sign):
        delimiter, encoding = (";", "utf-8-sig") if sign == "comma" else (",", "utf-8")
        for content in (
            sheets.journal(day_sheet(moved, BERLIN), sign),
            sheets.double_entries(bookings(moved, BERLIN), Accounting("SKR03"), sign),
        ):
            for cell in (cell for row in rows_of(content, encoding, delimiter) for cell in row):
                is_number = re.fullmatch(r"-?[0-9]+([.,][0-9]+)?", cell)
                assert is_number or cell == guarded(cell.removeprefix("'"))
    lines = datev.write(bookings(moved, BERLIN), SKR04, YEAR)
    cells = [cell for row in rows_of(lines, "cp1252", ";")[2:] for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


def test_the_header_and_the_columns_are_those_that_datev_describes() -> None:
    """As in the example of https://developer.datev.de/datev/platform/de/dtvf/einstieg."""
    first, columns, *rows = datev.write(bookings([], BERLIN), SKR04, YEAR).decode("cp1252").split("\r\n")
    assert first == (
        '"EXTF";700;21;"Buchungsstapel";13;20261130020304567;;"";"";"";1234567;12345;20260101;4;20260101;20261231;'
        '"Zahlungen";"";1;0;0;"EUR";;"";;;"04";;;"";""'
    )
    names = columns.split(";")
    assert (len(names), len(set(names)), rows) == (125, 125, [""])
    expected = {1: "Umsatz (ohne Soll/Haben-Kz)", 7: "Konto", 10: "Belegdatum", 21: "Beleginfo - Art 1"}
    expected |= {36: "Beleginfo - Inhalt 8", 37: "KOST1 - Kostenstelle", 48: "Zusatzinformation - Art 1"}
    expected |= {87: "Zusatzinformation- Inhalt 20", 88: "Stück", 114: "Festschreibung", 125: "Abw. Skontokonto"}
    assert {number: names[number - 1] for number in expected} == expected


def test_a_line_has_its_texts_in_quotation_marks_and_its_document_in_the_letters_that_one_may_have() -> None:
    paid = movement("received", 123_456_789, "EUR", "bank_transfer", 12, "usr-1", 7)
    long_ = replace(paid, receipt_number="R-" + "ß" * 60 + "-000008")
    lines = datev.write(bookings([paid, long_], BERLIN), SKR04, YEAR).decode("cp1252").split("\r\n")
    assert lines[2].startswith(
        '1234567,89;"S";"EUR";;;"";1800;1210;"";0101;"R-clinic---000007";"";;"Zahlung Überweisung";;"";;;;"";""'
    )
    assert lines[2].count(";") == lines[1].count(";") == 124
    assert f'"Zahlung";"{paid.payment_id}"' in lines[2]
    document = lines[3].split(";")[10].strip('"')
    assert document.endswith("000008")
    assert len(document) <= 36


def test_the_day_of_a_booking_is_the_clinics() -> None:
    late = movement("received", 100, "EUR", "cash", 23, "usr-1", 1)
    assert [booking.on for booking in bookings([late], BERLIN)] == [date(2026, 1, 2)]


@pytest.mark.parametrize(
    ("day", "begins", "year"),
    [
        (date(2026, 6, 30), "07-01", date(2025, 7, 1)),
        (date(2026, 7, 1), "07-01", date(2026, 7, 1)),
        (date(2026, 12, 31), "01-01", date(2026, 1, 1)),
    ],
)
def test_the_financial_year_begins_when_the_clinics_does(day: date, begins: str, year: date) -> None:
    assert datev.year_of(day, Datev(1001, 1, year_begins=begins)) == year


@pytest.mark.parametrize(
    ("accounting", "batch", "code"),
    [
        (Accounting("SKR03"), YEAR, "accounting-not-set"),
        (SKR04, replace(YEAR, last=date(2027, 1, 1)), "period"),
        (SKR04, replace(YEAR, currency="JPY"), "currency-not-exported"),
    ],
)
def test_what_cannot_be_a_batch_is_refused(accounting: Accounting, batch: datev.Batch, code: str) -> None:
    with pytest.raises((BusinessError, Conflict)) as refused:
        datev.write(bookings([], BERLIN), accounting, batch)
    assert refused.value.code == code


def test_an_amount_that_has_no_room_is_refused() -> None:
    with pytest.raises(BusinessError) as refused:
        datev.write(bookings([movement("received", 10**12, "EUR", "cash", 1, "u", 1)], BERLIN), SKR04, YEAR)
    assert refused.value.code == "amount-too-large"


def test_accounts_are_the_clinics_own_or_the_charts_as_long_as_the_others() -> None:
    longer = Accounting("SKR03", AccountNumbers(bank="12005"), Datev(1001, 1, account_length=5))
    assert [longer.number(name) for name in ("cash", "bank", "patients")] == ["10000", "12005", "14100"]
    assert OURS.number("card_clearing") == "card_clearing"


@pytest.mark.parametrize(
    "body",
    [
        {"datev": {"consultant": 1001, "client": 1}},
        {"chart": "SKR03", "datev": {"consultant": 1000, "client": 1}},
        {"chart": "SKR03", "accounts": {"cash": "till"}, "datev": {"consultant": 1001, "client": 1}},
        {"chart": "SKR03", "accounts": {"cash": "100000"}, "datev": {"consultant": 1001, "client": 1}},
        {"chart": "SKR03", "datev": {"consultant": 1001, "client": 1, "year_begins": "02-29"}},
        {"accounts": {"cash": "=1+1"}},
        {"chart": "SKR05"},
    ],
)
def test_accounts_that_no_file_could_have_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AccountingBody.model_validate(body)
