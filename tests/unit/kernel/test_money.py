"""Arithmetic with money: held against fractions and decimals, which are slower and known to be right."""

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money, base_of, percent, round_half_up, scaled, times, total

INTEGERS = st.integers(-(10**18), 10**18)
DENOMINATORS = st.integers(-(10**9), 10**9).filter(bool)
DECIMALS = st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", fullmatch=True)
EUR = st.builds(Money, INTEGERS, st.just("EUR"))


def exactly(value: Fraction) -> int:
    """Half up, halves away from zero, by the decimal module."""
    with localcontext(prec=80):
        quotient = Decimal(value.numerator) / Decimal(value.denominator)
        return int(quotient.quantize(Decimal(1), ROUND_HALF_UP))


@given(INTEGERS, DENOMINATORS)
def test_rounding_ends_at_most_half_away_and_halves_go_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    rounded = round_half_up(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


@given(INTEGERS, DENOMINATORS)
def test_what_is_given_back_rounds_as_what_was_taken(numerator: int, denominator: int) -> None:
    assert round_half_up(-numerator, denominator) == -round_half_up(numerator, denominator)
    assert round_half_up(numerator, -denominator) == -round_half_up(numerator, denominator)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (5, 10, 1),
        (-5, 10, -1),
        (15, 10, 2),
        (25, 10, 3),
        (-25, 10, -3),
        (4, 10, 0),
        (-4, 10, 0),
        (0, 7, 0),
        (5, -10, -1),
    ],
)
def test_halves(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


def test_nothing_is_divided_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        round_half_up(1, 0)


@given(INTEGERS, DECIMALS)
def test_an_amount_times_a_quantity_is_rounded_once(amount_minor: int, quantity: str) -> None:
    assert times(amount_minor, quantity) == exactly(amount_minor * Fraction(quantity))


@given(INTEGERS, DECIMALS)
def test_a_percentage_of_an_amount_is_rounded_once(amount_minor: int, rate: str) -> None:
    assert percent(amount_minor, rate) == exactly(amount_minor * Fraction(rate) / 100)


@given(DECIMALS)
def test_a_decimal_string_is_an_integer_over_a_power_of_ten(text: str) -> None:
    number, scale = scaled(text)
    assert Fraction(number, scale) == Fraction(text)


@given(st.text(max_size=8) | st.text("0123456789.-+eE_ ", max_size=8))
def test_only_plain_digits_with_an_optional_sign_are_a_decimal_string(text: str) -> None:
    if re.fullmatch(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)", text, re.ASCII):
        number, scale = scaled(text)
        assert Fraction(number, scale) == Fraction(text.rstrip(".") if text.endswith(".") else text)
    else:
        with pytest.raises(ValueError, match="not a decimal number"):
            scaled(text)


@given(EUR, EUR, EUR)
def test_amounts_of_one_currency_form_a_group(a: Money, b: Money, c: Money) -> None:
    nothing = Money(0, "EUR")
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + nothing == a
    assert a + -a == nothing
    assert a - b == a + -b


@given(INTEGERS, INTEGERS)
def test_currencies_are_never_mixed(yen: int, cents: int) -> None:
    with pytest.raises(ValueError, match="cannot combine EUR with JPY"):
        Money(cents, "EUR") + Money(yen, "JPY")
    with pytest.raises(ValueError, match="cannot combine JPY with EUR"):
        Money(yen, "JPY") - Money(cents, "EUR")
    with pytest.raises(ValueError, match="cannot combine EUR with JPY"):
        total([Money(cents, "EUR"), Money(yen, "JPY")], "EUR")


@given(st.lists(EUR))
def test_a_total_is_the_sum_and_zero_for_nothing(amounts: list[Money]) -> None:
    assert total(amounts, "EUR") == Money(sum(a.amount_minor for a in amounts), "EUR")
    assert total([], "KWD") == Money(0, "KWD")


@given(st.integers(-(10**12), 10**12), st.sampled_from(["0", "5.5", "7", "19", "20", "25.123456"]))
def test_the_base_of_an_amount_with_a_rate_in_it_is_rounded_half_up(amount: int, rate: str) -> None:
    exact = amount / (1 + Fraction(rate) / 100)
    assert abs(base_of(amount, rate) - exact) <= Fraction(1, 2)
    assert base_of(-amount, rate) == -base_of(amount, rate)


def test_half_a_cent_of_a_base_goes_up() -> None:
    assert (base_of(3, "20"), base_of(-3, "20"), base_of(33_500, "20")) == (3, -3, 27_917)
