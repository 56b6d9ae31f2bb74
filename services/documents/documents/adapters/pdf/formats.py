"""Amounts, dates and numbers as the reader's locale writes them (CLDR, by Babel)."""

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, format_decimal, parse_pattern

from contracts.money import exponent
from documents.adapters.labels import languages
from documents.adapters.locales import locale_of, script_of
from kernel.money import Money, plain

FALLBACK = Locale("en")
SCRIPTS = frozenset(
    {"Latn", "Grek", "Cyrl", "Arab", "Hebr", "Deva", "Thai", "Geor", "Armn", "Hans", "Hant", "Jpan", "Kore"}
)
"""What the faces can write; a locale of another script is written as English."""
_TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Between a currency written in letters and its digits, where CLDR's currency spacing puts a no-break space."""

_MINUS_BEHIND, _MINUS = "\u200f-", "\u200e-"
"""CLDR's Arabic amounts have their minus behind the digits where there is a currency, and before them where not."""


def written_locale(tag: str | None) -> Locale:
    """Whose formats a document has: English where its script cannot be set, or runs against that of the words."""
    locale = locale_of(tag)
    against = locale.text_direction == "rtl" and locale.language not in languages()
    return FALLBACK if against or script_of(locale) not in SCRIPTS else locale


class Formats:
    """How one reader's locale writes things."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale

    def amount(self, amount: Money) -> str:
        """With its currency: "1.234,50 €". Places by ISO 4217, which differs from CLDR for some currencies."""
        return _TOUCHING.sub("\xa0", self._written(amount, self.locale.currency_formats["standard"]))

    def bare(self, amount: Money) -> str:
        """Without its currency: "1.234,50"."""
        return self._written(amount, self.locale.decimal_formats[None])

    def _written(self, amount: Money, usual: NumberPattern) -> str:
        pattern = parse_pattern(usual.pattern)
        pattern.frac_prec = (exponent(amount.currency),) * 2
        value = Decimal(plain(amount))
        written = str(pattern.apply(value, self.locale, currency=amount.currency, currency_digits=False))
        return written.replace(_MINUS_BEHIND, _MINUS)

    def number(self, decimal: str) -> str:
        """A quantity or rate with as many places as it needs: "0,5"."""
        return format_decimal(Decimal(decimal), format="#,##0.######", locale=self.locale)

    def places(self, decimal: str, places: int) -> str:
        """A number with at least so many places: "2,30"."""
        return format_decimal(Decimal(decimal), format=f"#,##0.{'0' * places}####", locale=self.locale)

    def day(self, day: date) -> str:
        return format_date(day, "medium", locale=self.locale)

    def moment(self, at: datetime, zone: str | None) -> str:
        """To the minute, in a time zone of the IANA database; as it is where none is known."""
        local = at.astimezone(ZoneInfo(zone)) if zone else at
        return f"{self.day(local.date())}, {local:%H:%M}"

    def days(self, days: list[date]) -> str:
        """One day, or the first and the last of several."""
        first, last = min(days), max(days)
        return self.day(first) if first == last else f"{self.day(first)} \N{EN DASH} {self.day(last)}"

    def country(self, code: str) -> str:
        return str(self.locale.territories.get(code, code))
