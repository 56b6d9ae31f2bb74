"""Money is integer minor units with an ISO 4217 code; rounding is half up, and happens here only."""

from collections.abc import Iterable
from functools import lru_cache

from kernel.currencies import PLACES
from kernel.value import value

MOST_MINOR = 2**53 - 1
"""The largest amount: what every JSON reader keeps exactly (RFC 8259, section 6)."""


def round_half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator as an integer; halves go away from zero (EN 16931: commercial rounding).

    Raises ZeroDivisionError for a denominator of 0.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


@value
class Money:
    """An amount in minor units (cents, yen, fils) of one currency. Mixing currencies raises ValueError."""

    amount_minor: int
    currency: str

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)


def plain(amount: Money) -> str:
    """The amount as a decimal string without currency: 12500 EUR is "125.00", 5 KWD is "0.005".

    Raises KeyError for what is no currency.
    """
    places = PLACES[amount.currency]
    sign = "-" if amount.amount_minor < 0 else ""
    digits = str(abs(amount.amount_minor)).rjust(places + 1, "0")
    return f"{sign}{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else f"{sign}{digits}"


def written(amount: Money) -> str:
    """As it is written in a message for people: "125.00 EUR"."""
    return f"{plain(amount)} {amount.currency}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, zero for none. Raises ValueError when an amount has another currency."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


@lru_cache(maxsize=4096)
def scaled(decimal: str) -> tuple[int, int]:
    """A decimal string as integer and power of ten: "0.5" -> (5, 10), "19" -> (19, 1).

    Raises ValueError for anything but plain decimal digits with an optional sign.
    """
    whole, _, fraction = decimal.partition(".")
    digits = whole.lstrip("-") + fraction
    if not digits.isascii() or not digits.isdigit() or whole.count("-") > 1:
        raise ValueError(f"not a decimal number: {decimal!r}")
    return int(whole + fraction), 10 ** len(fraction)


def times(amount_minor: int, quantity: str) -> int:
    """amount x decimal quantity, half up: times(335, "0.5") == 168."""
    number, scale = scaled(quantity)
    return amount_minor * number if scale == 1 else round_half_up(amount_minor * number, scale)


def percent(amount_minor: int, rate: str) -> int:
    """rate per cent of the amount, half up: percent(27916, "20") == 5583 (EN 16931 BR-CO-17)."""
    number, scale = scaled(rate)
    return round_half_up(amount_minor * number, scale * 100)


def base_of(amount_minor: int, rate: str) -> int:
    """The amount without the rate per cent that is in it, half up: base_of(33500, "20") == 27917."""
    number, scale = scaled(rate)
    return round_half_up(amount_minor * scale * 100, scale * 100 + number)
