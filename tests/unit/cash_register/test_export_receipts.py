"""What a day's books say, receipt by receipt."""

from datetime import timedelta
from typing import get_args

import pytest
from cash_register.domain.days.cash import MovementKind
from cash_register.domain.exports.process_data import process_data
from cash_register.domain.exports.receipts import Allocated, Origin
from cash_register.domain.exports.vat import EXEMPT, NOT_TAXABLE, UNKNOWN, Taxed, vat_key
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cash_register.books import moved, receipts

GENERAL = vat_key("S", "19")
TREATMENT = Allocated("R-1", 6_000, (Taxed("E", "0", 6_000, 0),))
BLEACHING = Allocated("R-2", 11_900, (Taxed("S", "19", 10_000, 1_900),))
KINDS = get_args(MovementKind)


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 10**6)), max_size=8),
    st.integers(0, 10**6),
    st.integers(0, 10**8),
)
def test_the_receipts_of_a_closing_sum_to_what_was_counted(
    movements: list[tuple[MovementKind, int]], opening_minor: int, counted_minor: int
) -> None:
    day, booked = moved(movements, counted_minor, opening_minor)
    found = receipts(day, booked)
    assert sum(receipt.gross_minor for receipt in found) == counted_minor
    assert [receipt.number for receipt in found] == list(range(1, len(found) + 1))
    assert len({receipt.receipt_id for receipt in found}) == len(found)


def test_a_day_begins_with_its_float_and_ends_with_what_the_count_found() -> None:
    day, booked = moved([("pay_in", 500), ("pay_out", 200)], counted_minor=10_250)
    assert [[(line.case, line.text, line.gross_minor) for line in r.lines] for r in receipts(day, booked)] == [
        [("Anfangsbestand", "Anfangsbestand", 10_000)],
        [("Einzahlung", "Einzahlung", 500)],
        [("Auszahlung", "Auszahlung", -200)],
        [("DifferenzSollIst", "miscounted", -50)],
    ]


def test_an_empty_drawer_begins_with_a_float_of_nothing() -> None:
    day, booked = moved([], opening_minor=0)
    [float_] = receipts(day, booked)
    [line] = float_.lines
    assert (line.case, line.gross_minor, line.shares[0].key) == ("Anfangsbestand", 0, NOT_TAXABLE)


def test_a_payment_settles_its_invoices_and_the_rest_is_paid_ahead() -> None:
    day, booked = moved([("payment", 20_000)])
    _, paid = receipts(day, booked, [Origin(20_000, "pat-7", "Q-1", (TREATMENT, BLEACHING))])
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


def test_times_are_those_of_the_clinics_clocks() -> None:
    day, booked = moved([("pay_in", 500)])
    assert [receipt.at.utcoffset() for receipt in receipts(day, booked)] == [timedelta(hours=1)] * 2


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (Origin(17_900, allocated=(TREATMENT, BLEACHING)), "Beleg^119.00_0.00_0.00_0.00_60.00^179.00:Bar"),
        (None, "Beleg^0.00_0.00_0.00_0.00_179.00^179.00:Bar"),
    ],
)
def test_what_a_device_signs_is_the_gross_by_rate_and_how_it_was_paid(origin: Origin | None, told: str) -> None:
    day, booked = moved([("payment", 17_900)])
    _, paid = receipts(day, booked, [origin])
    assert process_data(paid, "EUR") == told


def test_what_a_device_signs_names_another_currency_and_no_payment_of_nothing() -> None:
    day, booked = moved([("pay_out", 1_250)], opening_minor=0, counted_minor=0, currency="CHF")
    float_, out, found = receipts(day, booked)
    assert process_data(float_, "CHF") == "Beleg^0.00_0.00_0.00_0.00_0.00^"
    assert process_data(out, "CHF") == "Beleg^0.00_0.00_0.00_0.00_-12.50^-12.50:Bar:CHF"
    assert process_data(found, "CHF").endswith("^12.50:Bar:CHF")
