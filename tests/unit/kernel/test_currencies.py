"""The table of currencies, held against the standard's list of today."""

from datetime import date

import iso4217
import pytest

from kernel.currencies import IN_USE, PLACES, WITHDRAWN, why_not_new
from kernel.money import Money, plain, written

TODAY = {c.code: c.exponent for c in iso4217.Currency if c.exponent is not None}


def test_what_is_in_use_is_what_the_standard_lists_with_its_places() -> None:
    """A code that the list loses moves to `WITHDRAWN`, so that what was written in it stays readable."""
    assert IN_USE == TODAY


def test_what_was_withdrawn_is_not_in_use_and_says_since_when_and_what_came_after_it() -> None:
    assert not WITHDRAWN.keys() & IN_USE.keys()
    for code, (since, successor, places) in WITHDRAWN.items():
        assert since <= date(2026, 1, 1)
        assert successor in PLACES
        assert places == PLACES[code]
        assert why_not_new(code) == f"{code} was withdrawn on {since.isoformat()}: use {successor}"


@pytest.mark.parametrize("code", sorted(IN_USE))
def test_what_is_in_use_may_be_new(code: str) -> None:
    assert why_not_new(code) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(31200, "USD"), "312.00 USD"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(5124, "KWD"), "5.124 KWD"),
        (Money(500, "JPY"), "500 JPY"),
        (Money(1, "HRK"), "0.01 HRK"),
        (Money(7, "ITL"), "7 ITL"),
    ],
)
def test_an_amount_is_written_as_people_write_it(amount: Money, text: str) -> None:
    assert written(amount) == text
    assert text == f"{plain(amount)} {amount.currency}"
