"""The cells of a price file: as people and spreadsheets write them, and as we do."""

import re
from datetime import date

from contracts.values import LANGUAGE

REQUIRED = ("valid_from", "kind", "code", "price", "tax_category")
COLUMNS = (
    "valid_from",
    "valid_until",
    "kind",
    "system_or_unit",
    "code",
    "price",
    "currency",
    "basis",
    "tax_category",
    "tax_rate",
    "exemption_reason",
)
POINTS = "points"
EXEMPTION_CODE = "exemption_code"
SELDOM = (POINTS, EXEMPTION_CODE)
"""Columns that a file has not where its list has nothing for them."""
LIST_COLUMNS = ("valid_from", "valid_until", "currency", "basis")
"""Those that a row without a price may have."""
DESCRIPTION = "description"
"""Of every language; that of one is followed by its tag: `description_de`, `description_pt-BR`, `description_pt_br`."""
EXACT = ("system_or_unit", "exemption_reason")
"""Columns whose outer spaces belong to the text."""
_IN_LANGUAGE = re.compile(f"{DESCRIPTION}_({LANGUAGE})")
_NUMBER = re.compile(r"(-?[0-9]{1,15})(?:([.,])([0-9]{1,6}))?", re.ASCII)
_DATES = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})", re.ASCII),
    re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})", re.ASCII),
)


def language_of(column: str) -> str | None:
    """The language of which a column has the descriptions; None for any other column."""
    found = _IN_LANGUAGE.fullmatch(column)
    return found[1] if found else None


def column_named(name: str) -> str:
    """The column that a header names: a language may be written with an underscore."""
    tag = name.removeprefix(f"{DESCRIPTION}_")
    return name if tag == name else f"{DESCRIPTION}_{tag.replace('_', '-')}"


class CellInvalid(Exception):
    """A cell that cannot be read. The message does not repeat it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def day(text: str) -> date:
    """2026-07-01, or 01.07.2026 as a German spreadsheet writes it. Raises CellInvalid."""
    for form in _DATES:
        found = form.fullmatch(text)
        if found:
            try:
                return date(*(int(found[part]) for part in ("year", "month", "day")))
            except ValueError:
                break
    raise CellInvalid("date-invalid", "is no day of the form 2026-07-01 or 01.07.2026")


class Decimals:
    """The decimal numbers of one file: all with a point or all with a comma, and thousands are never separated.

    So 1.250 is never taken for 1250, nor the other way round, in a currency that has less than three decimal places.
    """

    def __init__(self, signs: str) -> None:
        self._signs = signs

    def plain(self, text: str) -> str:
        """The number with a point. Raises CellInvalid."""
        whole, fraction = self._parts(text)
        return f"{whole}.{fraction}" if fraction else whole

    def minor(self, text: str, places: int) -> int:
        """The amount in minor units of a currency with so many decimal places (ISO 4217). Raises CellInvalid."""
        whole, fraction = self._parts(text)
        if len(fraction) > places:
            raise CellInvalid("too-many-decimals", f"the currency has {places} decimal places; thousands stay together")
        return int(whole + fraction.ljust(places, "0"))

    def _parts(self, text: str) -> tuple[str, str]:
        found = _NUMBER.fullmatch(text)
        if found is None:
            raise CellInvalid("number-invalid", "is no decimal number such as 12.50; thousands stay together")
        whole, sign, fraction = found.groups()
        if sign is not None:
            if sign not in self._signs:
                raise CellInvalid("decimal-sign", f"decimals are written with {self._signs} in this file")
            self._signs = sign
        return whole, fraction or ""
