"""Sums by EN 16931: VAT is rounded once for each category and rate, and the invoice's VAT is the sum of the rounded."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.invoice.invoice import TaxSubtotal, Totals
from invoicing.domain.invoice.line import Line
from invoicing.domain.invoice.totals import tax_of, totals_of

from kernel.money import Money
from tests.unit.invoicing.examples import drafted

A_LINE = drafted().lines[0]


def line(
    net_minor: int, rate: str = "20", category: str = "S", reason: str | None = None, currency: str = "EUR"
) -> Line:
    return replace(
        A_LINE, net=Money(net_minor, currency), tax_category=category, tax_rate=rate, exemption_reason=reason
    )


def summed(lines: list[Line], currency: str = "EUR") -> tuple[tuple[TaxSubtotal, ...], Totals]:
    tax = tax_of(lines, currency)
    return tax, totals_of(tax, currency)


def test_four_lines_at_twenty_percent_are_33499_gross() -> None:
    """VAT of each line by itself, rounded, would be 13.67 + 13.67 + 11.50 + 17.00 = 55.84: a cent too much."""
    tax, totals = summed([line(6_833), line(6_833), line(5_750), line(8_500)])
    assert [(t.base.amount_minor, t.tax.amount_minor) for t in tax] == [(27_916, 5_583)]
    assert (totals.net.amount_minor, totals.tax.amount_minor, totals.gross.amount_minor) == (27_916, 5_583, 33_499)


def test_each_rate_is_rounded_by_itself() -> None:
    tax, totals = summed([line(333, "19"), line(333, "7"), line(333, "19"), line(100, "0", "Z"), line(50, "2.5")])
    assert [(t.category, t.rate, t.base.amount_minor, t.tax.amount_minor) for t in tax] == [
        ("S", "19", 666, 127),  # 126.54
        ("S", "7", 333, 23),  # 23.31
        ("Z", "0", 100, 0),
        ("S", "2.5", 50, 1),  # 1.25
    ]
    assert (totals.net.amount_minor, totals.tax.amount_minor, totals.gross.amount_minor) == (1_149, 151, 1_300)


def test_an_exempt_group_says_why() -> None:
    tax, totals = summed([line(12_500, "0", "E", "Treatment, § 4 no. 14 UStG"), line(600, "19")])
    assert [(t.category, t.tax.amount_minor, t.exemption_reason) for t in tax] == [
        ("E", 0, "Treatment, § 4 no. 14 UStG"),
        ("S", 114, None),
    ]
    assert totals.gross == Money(13_214, "EUR")


def test_there_is_exactly_one_exempt_group_and_it_gives_every_reason() -> None:
    """EN 16931 BR-E-01."""
    tax, _ = summed([line(100, "0", "E", "treatment"), line(50, "0", "E", "research"), line(25, "0", "E", "treatment")])
    assert [(t.base.amount_minor, t.exemption_reason) for t in tax] == [(175, "treatment; research")]


@pytest.mark.parametrize(
    ("currency", "net_minor", "rate", "tax_minor"),
    [("JPY", 1_005, "10", 101), ("JPY", 1_004, "10", 100), ("KWD", 12_345, "5", 617), ("KWD", 12_350, "5", 618)],
)
def test_minor_units_are_whole_yen_and_thousandths_of_a_dinar(
    currency: str, net_minor: int, rate: str, tax_minor: int
) -> None:
    tax, totals = summed([line(net_minor, rate, currency=currency)], currency)
    assert tax[0].tax == Money(tax_minor, currency)
    assert totals.gross == totals.due == Money(net_minor + tax_minor, currency)


def test_a_line_without_a_price_is_in_no_sum() -> None:
    unpriced = replace(A_LINE, net=None, tax_category=None, tax_rate=None, unpriced=True)
    assert summed([unpriced, line(100)]) == summed([line(100)])
    assert summed([unpriced])[1].gross == Money(0, "EUR")


def test_due_is_gross_less_paid_and_credited() -> None:
    totals = totals_of(tax_of([line(10_000)], "EUR"), "EUR", paid_minor=5_000, credited_minor=1_500)
    assert (totals.paid, totals.credited, totals.due) == (Money(5_000, "EUR"), Money(1_500, "EUR"), Money(5_500, "EUR"))


RATES = st.sampled_from(["5", "5.5", "7", "19", "20", "25.123456"])
LINES = st.lists(
    st.builds(line, st.integers(0, 10**9), RATES) | st.builds(line, st.integers(0, 10**9), st.just("0"), st.just("Z"))
)


@given(LINES)
def test_the_groups_add_up_to_the_totals_and_each_is_rounded_once(lines: list[Line]) -> None:
    tax, totals = summed(lines)
    assert len({(t.category, t.rate) for t in tax}) == len(tax)
    assert totals.net.amount_minor == sum(li.net.amount_minor for li in lines if li.net)  # BR-CO-10, BR-CO-13
    assert totals.tax.amount_minor == sum(t.tax.amount_minor for t in tax)  # BR-CO-14
    assert totals.gross == totals.net + totals.tax  # BR-CO-15
    for group in tax:
        exact = group.base.amount_minor * Fraction(group.rate) / 100
        assert abs(group.tax.amount_minor - exact) <= Fraction(1, 2)  # BR-CO-17


@given(LINES, st.randoms())
def test_the_order_of_the_lines_changes_no_sum(lines: list[Line], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert summed(shuffled)[1] == summed(lines)[1]
    assert set(summed(shuffled)[0]) == set(summed(lines)[0])
