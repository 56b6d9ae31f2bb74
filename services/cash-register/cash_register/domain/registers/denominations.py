"""Coins and notes that are legal tender, by currency, in minor units: a count of anything else was mistyped.

Of the central banks' own lists as of 2026, without what is minted for collectors.
A currency that is not here is counted in whatever its clinic says, or in anything.
"""

from collections.abc import Mapping

_DIGITS = (1, 2, 5)


def _series(first: int, last: int) -> tuple[int, ...]:
    """1, 2 and 5 of each power of ten between two values, both included."""
    powers = (10**n for n in range(len(str(last))))
    return tuple(value for power in powers for digit in _DIGITS if first <= (value := digit * power) <= last)


LEGAL_TENDER: Mapping[str, tuple[int, ...]] = {
    "AUD": _series(5, 10_000),
    "CAD": (5, 10, 25, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000),
    "CHF": (*_series(5, 20_000), 100_000),
    "CZK": _series(100, 500_000),
    "DKK": _series(50, 50_000),
    "EUR": _series(1, 50_000),
    "GBP": _series(1, 10_000),
    "HUF": _series(500, 2_000_000),
    "JPY": (1, 5, 10, 50, 100, 500, 1_000, 2_000, 5_000, 10_000),
    "NOK": (100, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000),
    "PLN": _series(1, 50_000),
    "SEK": _series(100, 100_000),
    "USD": (1, 5, 10, 25, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000),
}


def legal_tender(currency: str) -> tuple[int, ...]:
    """Those of the currency, the smallest first; none where they are not known."""
    return LEGAL_TENDER.get(currency, ())
