"""Money, quantities, rates and times on the wire: nothing is taken that cannot be calculated with and stored."""

import json
from decimal import Decimal
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.clinical import SessionVoided
from contracts.money import Currency, CurrencyInUse, Money, MoneyInUse, exponent
from contracts.values import MAX_INTEGER, Id, Quantity, Rate, Text, Time
from kernel.currencies import PLACES, WITHDRAWN
from kernel.money import Money as KernelMoney
from kernel.money import plain, scaled

MONEY: TypeAdapter[KernelMoney] = TypeAdapter(Money)
CURRENCIES = sorted(PLACES)
amounts = st.integers(-MAX_INTEGER, MAX_INTEGER)
digits = st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,6})?", fullmatch=True)


def reads(type_: Any, value: object) -> bool:
    try:
        TypeAdapter(type_).validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


@given(amounts, st.sampled_from(CURRENCIES))
def test_money_survives_the_wire_and_the_store(amount_minor: int, currency: str) -> None:
    money = KernelMoney(amount_minor, currency)
    assert MONEY.validate_json(MONEY.dump_json(money)) == money
    assert MONEY.validate_python(bson.decode(bson.encode(MONEY.dump_python(money)))) == money


@given(st.one_of(st.floats(), st.booleans(), st.text(), st.none(), st.integers(min_value=MAX_INTEGER + 1)))
def test_an_amount_is_an_integer_and_nothing_that_looks_like_one(amount_minor: object) -> None:
    assert not reads(Money, {"amount_minor": amount_minor, "currency": "EUR"})


@given(st.text(alphabet=st.characters(codec="utf-8")).filter(lambda code: code not in CURRENCIES))
def test_an_unknown_currency_is_refused(code: str) -> None:
    assert not reads(Money, {"amount_minor": 1, "currency": code})
    assert not reads(Currency, code)


@pytest.mark.parametrize("code", ["eur", "EURO", "€", "XAU", "XXX", "ZZZ", ""])
def test_a_code_that_is_no_money_is_refused(code: str) -> None:
    assert not reads(Currency, code)


@pytest.mark.parametrize("code", sorted(PLACES))
def test_a_withdrawn_currency_is_read_and_nothing_new_is_written_in_it(code: str) -> None:
    money = {"amount_minor": 1, "currency": code}
    assert reads(Currency, code)
    assert reads(Money, money)
    assert reads(CurrencyInUse, code) == reads(MoneyInUse, money) == (code not in WITHDRAWN)


def test_the_refusal_says_since_when_and_what_to_use() -> None:
    with pytest.raises(ValidationError, match="BGN was withdrawn on 2026-01-01: use EUR"):
        TypeAdapter(MoneyInUse).validate_python({"amount_minor": 1, "currency": "BGN"})


@pytest.mark.parametrize(
    ("currency", "places", "text"), [("JPY", 0, "12345"), ("EUR", 2, "123.45"), ("KWD", 3, "12.345")]
)
def test_an_amount_is_written_with_the_places_of_its_currency(currency: str, places: int, text: str) -> None:
    assert exponent(currency) == places
    assert plain(KernelMoney(12345, currency)) == text
    assert plain(KernelMoney(-12345, currency)) == f"-{text}"


@given(amounts, st.sampled_from(CURRENCIES))
def test_the_written_amount_is_the_amount(amount_minor: int, currency: str) -> None:
    assert Decimal(plain(KernelMoney(amount_minor, currency))) == Decimal(amount_minor).scaleb(-exponent(currency))


@given(digits)
def test_a_quantity_is_a_decimal_above_zero_and_a_rate_may_be_zero(text: str) -> None:
    assert reads(Quantity, text) == (Decimal(text) > 0)
    assert reads(Rate, text)
    assert not reads(Quantity, f"-{text}")
    assert reads(Rate, f"-{text}") == (Decimal(text) == 0)
    number, scale = scaled(text)
    assert Decimal(number) / scale == Decimal(text)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        ".5",
        "1.",
        "1,5",
        "1e3",
        "+1",
        "--1",
        " 1",
        "1 ",
        "0x1",
        "NaN",
        "Infinity",
        "\u0661",
        "1.1234567",
        "1" * 13,
        1,
        1.5,
    ],
)
def test_a_decimal_in_any_other_writing_is_refused(bad: object) -> None:
    assert not reads(Quantity, bad)
    assert not reads(Rate, bad)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_whatever_text_is_taken_as_a_quantity_can_be_calculated_with(text: str) -> None:
    if reads(Quantity, text):
        assert scaled(text)[0] > 0


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_that_is_taken_can_be_stored(moment: Any) -> None:
    written = moment.isoformat()
    if reads(Time, written):
        assert bson.encode({"at": TypeAdapter(Time).validate_json(json.dumps(written))})


@pytest.mark.parametrize(
    "bad", ["2026-11-20T09:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "yesterday", None]
)
def test_a_time_without_offset_or_at_the_ends_of_the_calendar_is_refused(bad: object) -> None:
    assert not reads(Time, bad)


@pytest.mark.parametrize("version", [0, -1, 2**53, 10**30, "1", 1.0, True, None])
def test_a_version_that_cannot_be_kept_is_refused(version: object) -> None:
    voided = {"session_id": "s", "clinic_id": "c", "reason": "r"}
    assert reads(SessionVoided, {**voided, "version": MAX_INTEGER})
    assert not reads(SessionVoided, {**voided, "version": version})


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_an_id_is_short_visible_ascii(text: str) -> None:
    assert reads(Id, text) == (0 < len(text) <= 128 and all("!" <= letter <= "~" for letter in text))


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_json(r'"\ud800"')
