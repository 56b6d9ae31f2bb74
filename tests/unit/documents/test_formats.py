"""Amounts, dates and words for readers everywhere."""

import re
from datetime import date

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from documents.adapters.pdf.formats import FALLBACK, Formats, written_locale

from kernel.money import Money


@pytest.mark.parametrize(
    ("amount_minor", "currency", "locale", "written"),
    [
        (123450, "EUR", "de-DE", "1.234,50\xa0€"),
        (123450, "EUR", "en-GB", "€1,234.50"),
        (-5, "EUR", "de", "-0,05\xa0€"),
        (1234, "JPY", "en", "¥1,234"),
        (1234, "JPY", "de", "1.234\xa0¥"),
        (12345, "KWD", "en", "KWD\xa012.345"),
        (5, "KWD", "de", "0,005\xa0KWD"),
        (99, "USD", "en-US", "$0.99"),
        (123450, "PLN", "pl", "1\xa0234,50\xa0zł"),
    ],
)
def test_an_amount_is_written_as_its_reader_does(amount_minor: int, currency: str, locale: str, written: str) -> None:
    assert Formats(written_locale(locale)).amount(Money(amount_minor, currency)) == written


@pytest.mark.parametrize(("currency", "written"), [("IQD", "1.234"), ("ISK", "1,234"), ("HUF", "12.34")])
def test_places_are_those_of_iso_4217_also_where_cldr_has_others(currency: str, written: str) -> None:
    assert Formats(written_locale("en")).bare(Money(1234, currency)) == written


def test_a_minus_stands_before_its_digits_also_from_right_to_left_with_a_currency() -> None:
    formats, owed = Formats(written_locale("ar-EG")), Money(-12_500, "EUR")
    assert (formats.bare(owed), formats.amount(owed)) == ("-125.00", "\u200e-125.00\xa0€")


def test_the_largest_amount_loses_no_cent() -> None:
    assert Formats(written_locale("en")).bare(Money(9_007_199_254_740_993_01, "EUR")) == "9,007,199,254,740,993.01"


PRINTED = sorted(name for name in locale_identifiers() if written_locale(name) == Locale.parse(name))
"""Every locale that is set as itself."""


def grouped(digits: str, pattern: str) -> list[str]:
    """The groups of a whole number by a pattern of CLDR (UTS 35, part 3): `#,##,##0` is three, then two."""
    *more, last = pattern.partition(";")[0].partition(".")[0].split(",")
    primary = sum(letter in "#0" for letter in last)
    if not more or len(digits) <= primary:
        return [digits]
    others = len(more[-1]) if len(more) > 1 else primary
    head, tail = digits[:-primary], [digits[-primary:]]
    while head:
        head, tail = head[:-others], [head[-others:], *tail]
    return tail


@pytest.mark.parametrize(("currency", "places"), [("CHF", 2), ("EUR", 2), ("HUF", 2), ("JPY", 0), ("KWD", 3)])
def test_a_million_is_grouped_in_every_locale_that_is_printed(currency: str, places: int) -> None:
    assert len(PRINTED) > 300
    for name in PRINTED:
        formats = Formats(written_locale(name))
        amount = Money(1_234_567 * 10**places + (5 if places else 0), currency)
        for written, pattern in (
            (formats.amount(amount), formats.locale.currency_formats["standard"].pattern),
            (formats.bare(amount), formats.locale.decimal_formats[None].pattern),
        ):
            groups = grouped("1234567", pattern)
            fraction = [str(amount.amount_minor)[-places:]] if places else []
            assert re.findall(r"\d+", written) == [*groups, *fraction], (name, written)
            point = formats.locale.number_symbols["latn"]["decimal"]
            assert not places or f"{groups[-1]}{point}{fraction[0]}" in written, (name, written)


@pytest.mark.parametrize("tag", [None, "", "xx-YY", "not a locale", "he-IL", "fa", "am-ET"])
def test_a_locale_that_cannot_be_set_is_written_as_english(tag: str | None) -> None:
    assert written_locale(tag) == FALLBACK


@pytest.mark.parametrize(
    "tag",
    ["de-AT", "el-GR", "ru", "vi_VN", "uk", "de-de", "ar-EG", "ja-JP", "zh-Hant-TW", "hi", "th", "ka", "ko"],
)
def test_locales_of_scripts_that_can_be_set_are_their_own(tag: str) -> None:
    assert written_locale(tag).language == tag[:2]


def test_quantities_show_the_places_they_have() -> None:
    formats = Formats(written_locale("de"))
    assert [formats.number(text) for text in ("1", "0.5", "1.250000", "1234.123456")] == [
        "1",
        "0,5",
        "1,25",
        "1.234,123456",
    ]


def test_several_days_are_shown_from_first_to_last() -> None:
    formats = Formats(written_locale("de-DE"))
    days = [date(2026, 11, 21), date(2026, 11, 20), date(2026, 11, 20)]
    assert formats.days(days) == "20.11.2026 \N{EN DASH} 21.11.2026"
    assert formats.days(days[1:]) == "20.11.2026"
