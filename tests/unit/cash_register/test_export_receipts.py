"""What a day's books say, receipt by receipt."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from cash_register.domain.days.cash import Category, MovementKind, Voucher
from cash_register.domain.exports.closings import BusinessCase
from cash_register.domain.exports.process_data import process_data
from cash_register.domain.exports.receipts import Origin
from cash_register.domain.exports.vat import EXEMPT, NOT_TAXABLE, UNKNOWN, Taxed, vat_key
from cash_register.domain.registers.takings import Allocated
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cash_register.books import closing, exported, moved, receipts, tables
from tests.unit.cash_register.drawer import cash, eur

GENERAL = vat_key("S", "19")
TREATMENT = Allocated("R-1", 6_000, (Taxed("E", "0", 6_000, 0),))
BLEACHING = Allocated("R-2", 11_900, (Taxed("S", "19", 10_000, 1_900),))
KINDS = get_args(MovementKind)


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 10**6)), max_size=8),
    st.integers(0, 10**6),
    st.integers(0, 10**8),
    st.integers(0, 100),
)
def test_the_receipts_of_a_closing_sum_to_what_it_left_in_the_drawer(
    movements: list[tuple[MovementKind, int]], opening_minor: int, counted_minor: int, per_cent: int
) -> None:
    day, booked = moved(movements, counted_minor, opening_minor, deposit_minor=counted_minor * per_cent // 100)
    found = receipts(day, booked)
    assert day.left is not None
    assert sum(receipt.gross_minor for receipt in found) == day.left.amount_minor
    assert [receipt.number for receipt in found] == list(range(1, len(found) + 1))
    assert len({receipt.receipt_id for receipt in found}) == len(found)


def test_a_line_is_one_of_its_kind_at_its_price() -> None:
    day, booked = moved([("pay_in", 500)])
    rows = tables(exported((closing(day), receipts(day, booked))))["lines.csv"]
    assert [(row["MENGE"], row["STK_BR"]) for row in rows] == [("1,000", "100,00000"), ("1,000", "5,00000")]


def test_a_day_begins_with_its_float_and_ends_with_what_the_count_found() -> None:
    day, booked = moved([("pay_in", 500), ("pay_out", 200)], counted_minor=10_250)
    assert [[(line.case, line.text, line.gross_minor) for line in r.lines] for r in receipts(day, booked)] == [
        [("Anfangsbestand", "Anfangsbestand", 10_000)],
        [("Einzahlung", "Einzahlung", 500)],
        [("Auszahlung", "Auszahlung", -200)],
        [("DifferenzSollIst", "miscounted", -50)],
    ]


@pytest.mark.parametrize(
    ("kind", "category", "case"),
    [
        ("pay_out", "bank_deposit", "Geldtransit"),
        ("pay_in", "float_change", "Geldtransit"),
        ("pay_out", "float_change", "Geldtransit"),
        ("pay_in", "private_deposit", "Privateinlage"),
        ("pay_out", "private_withdrawal", "Privatentnahme"),
        ("pay_in", "tip", "TrinkgeldAN"),
        ("pay_out", "wages", "Lohnzahlung"),
        ("pay_out", "purchase", "Auszahlung"),
        ("pay_in", "other", "Einzahlung"),
        ("pay_out", "other", "Auszahlung"),
        ("pay_in", "difference", "DifferenzSollIst"),
        ("pay_out", None, "Auszahlung"),
    ],
)
def test_every_category_has_its_case_which_a_counter_entry_keeps(
    kind: MovementKind, category: Category | None, case: BusinessCase
) -> None:
    one = replace(cash(kind, eur(500)), category=category)
    opposite: MovementKind = "pay_out" if kind == "pay_in" else "pay_in"
    entry = replace(cash(opposite, eur(500)), category=category, counters=one.movement_id)
    day, booked = moved([one, entry])
    _, moved_, taken_back = receipts(day, booked)
    assert [line.case for receipt in (moved_, taken_back) for line in receipt.lines] == [case, case]
    assert moved_.gross_minor == -taken_back.gross_minor
    assert (moved_.void, moved_.returns) == (False, None)
    assert taken_back.void
    assert taken_back.returns is not None
    assert taken_back.returns.receipt_id == one.movement_id


@pytest.mark.parametrize(
    ("rate", "key", "net_minor"), [("19", 1, -1_000), ("7", 2, -1_112), ("0", 6, -1_190), ("20", 3_000, -992)]
)
def test_the_vat_of_a_purchase_is_that_of_its_voucher(rate: str, key: int, net_minor: int) -> None:
    bought = replace(cash("pay_out", eur(1_190)), category="purchase", voucher=Voucher(rate, "B-7"))
    day, booked = moved([bought])
    [line] = receipts(day, booked)[1].lines
    assert [(share.key.number, share.gross_minor, share.net_minor) for share in line.shares] == [
        (key, -1_190, net_minor)
    ]
    assert line.voucher_number == "B-7"


@pytest.mark.parametrize(("rate", "key", "net_minor"), [("19", 1, 1_000), ("0", 6, 1_190)])
def test_a_tip_to_the_clinic_is_turnover_and_one_of_who_works_there_is_not_taxable(
    rate: str, key: int, net_minor: int
) -> None:
    to_clinic = replace(cash("pay_in", eur(1_190)), category="tip", vat_rate=rate)
    day, booked = moved([to_clinic, replace(cash("pay_in", eur(300)), category="tip")])
    _, first, second = receipts(day, booked)
    found = [(line.case, line.shares) for receipt in (first, second) for line in receipt.lines]
    assert [(case, share.key.number, share.gross_minor, share.net_minor) for case, [share] in found] == [
        ("TrinkgeldAG", key, 1_190, net_minor),
        ("TrinkgeldAN", NOT_TAXABLE.number, 300, 300),
    ]


def test_what_went_to_the_bank_is_the_last_receipt() -> None:
    day, booked = moved([("pay_in", 500)], counted_minor=10_400, deposit_minor=400)
    _, _, found, deposit = receipts(day, booked)
    assert [(found.number, found.gross_minor), (deposit.number, deposit.gross_minor)] == [(3, -100), (4, -400)]
    assert [line.case for line in deposit.lines] == ["Geldtransit"]
    assert (deposit.at, deposit.person_id) == (found.at, found.person_id)


def test_an_empty_drawer_begins_with_a_float_of_nothing() -> None:
    day, booked = moved([], opening_minor=0)
    [float_] = receipts(day, booked)
    [line] = float_.lines
    assert (line.case, line.gross_minor, line.shares[0].key) == ("Anfangsbestand", 0, NOT_TAXABLE)


def test_a_payment_settles_its_invoices_and_the_rest_is_paid_ahead() -> None:
    day, booked = moved([replace(cash("payment", eur(20_000)), payment_id="pay_1", receipt_number="Q-1")])
    _, paid = receipts(day, booked, [Origin(20_000, "pat-7", (TREATMENT, BLEACHING))])
    assert [(line.case, line.invoice_number, line.gross_minor) for line in paid.lines] == [
        ("Forderungsaufloesung", "R-1", 6_000),
        ("Forderungsaufloesung", "R-2", 11_900),
        ("Anzahlungseinstellung", None, 2_100),
    ]
    assert [share.key for line in paid.lines for share in line.shares] == [EXEMPT, GENERAL, UNKNOWN]
    assert (paid.patient_id, paid.receipt_number) == ("pat-7", "Q-1")


def test_a_payment_of_which_nothing_is_known_is_paid_ahead_under_vat_that_is_not_known() -> None:
    day, booked = moved([("payment", 5_000)])
    _, paid = receipts(day, booked)
    assert [(line.case, line.gross_minor, line.shares[0].key) for line in paid.lines] == [
        ("Anzahlungseinstellung", 5_000, UNKNOWN)
    ]


def test_a_refund_takes_back_of_each_invoice_in_proportion_and_names_the_receipt() -> None:
    day, booked = moved([("payment", 17_900), ("refund", 17_900)])
    origin = Origin(17_900, allocated=(TREATMENT, BLEACHING))
    _, paid, returned = receipts(day, booked, [origin, origin])
    assert [line.gross_minor for line in returned.lines] == [-line.gross_minor for line in paid.lines]
    assert [share.tax_minor for line in returned.lines for share in line.shares] == [0, -1_900]
    assert returned.lines[0].text == "Rückzahlung zu Rechnung R-1"


@given(st.integers(1, 17_900))
def test_whatever_goes_back_is_all_of_it_on_invoices(amount_minor: int) -> None:
    day, booked = moved([("payment", 17_900), ("refund", amount_minor)])
    origin = Origin(17_900, allocated=(TREATMENT, BLEACHING))
    returned = receipts(day, booked, [origin, origin])[-1]
    assert returned.gross_minor == -amount_minor
    assert {line.case for line in returned.lines} == {"Forderungsaufloesung"}


def test_a_payment_that_is_not_on_the_books_gives_back_under_vat_that_is_not_known() -> None:
    """What it came to is not known either, so nothing says which part of it an invoice had."""
    day, booked = moved([("refund", 500)])
    _, returned = receipts(day, booked, [Origin(0, "pat-7")])
    assert [(line.case, line.gross_minor) for line in returned.lines] == [("Anzahlungseinstellung", -500)]


def test_what_coins_make_of_a_payment_is_a_line_of_its_own_and_takes_nothing_from_the_invoice() -> None:
    paid = replace(cash("payment", eur(6_002)), payment_id="pay_1", rounding=eur(2))
    back = replace(cash("refund", eur(5_998)), payment_id="pay_1", rounding=eur(2))
    day, booked = moved([paid, back])
    origin = Origin(6_000, allocated=(TREATMENT,))
    _, first, second = receipts(day, booked, [origin, origin])
    assert [[(line.case, line.gross_minor) for line in receipt.lines] for receipt in (first, second)] == [
        [("Forderungsaufloesung", 6_000), ("Aufschlag", 2)],
        [("Forderungsaufloesung", -6_000), ("Aufschlag", 2)],
    ]


def test_times_are_those_of_the_clinics_clocks() -> None:
    day, booked = moved([("pay_in", 500)])
    assert [receipt.at.utcoffset() for receipt in receipts(day, booked)] == [timedelta(hours=1)] * 2


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (Origin(17_900, allocated=(TREATMENT, BLEACHING)), "Beleg^119.00_0.00_0.00_0.00_60.00^179.00:Bar"),
        (None, "Beleg^0.00_0.00_0.00_0.00_179.00^179.00:Bar"),
    ],
)
def test_what_a_device_signs_is_the_gross_by_rate_and_how_it_was_paid(origin: Origin | None, expected: str) -> None:
    day, booked = moved([("payment", 17_900)])
    _, paid = receipts(day, booked, [origin])
    assert process_data(paid, "EUR") == expected


def test_what_a_device_signs_names_another_currency_and_no_payment_of_nothing() -> None:
    day, booked = moved([("pay_out", 1_250)], opening_minor=0, counted_minor=0, currency="CHF")
    float_, out, found = receipts(day, booked)
    assert process_data(float_, "CHF") == "Beleg^0.00_0.00_0.00_0.00_0.00^"
    assert process_data(out, "CHF") == "Beleg^0.00_0.00_0.00_0.00_-12.50^-12.50:Bar:CHF"
    assert process_data(found, "CHF").endswith("^12.50:Bar:CHF")
