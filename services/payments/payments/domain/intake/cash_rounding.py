"""Cash where small coins are gone: what is paid in it is rounded to the smallest that is left, and nothing else is."""

from kernel.errors import BusinessError
from kernel.money import Money, round_half_up, written

STEPS_MINOR = {
    "AUD": 5,
    "CAD": 5,
    "CHF": 5,
    "CZK": 100,
    "DKK": 50,
    "HUF": 500,
    "NOK": 100,
    "SEK": 100,
}
"""The smallest coin, as of 2026, in minor units: their central banks and mints withdrew the ones below it."""
EURO_STEP_MINOR = 5
"""Where a country rounds euros: the Netherlands, Belgium, Finland, Ireland, Italy and Slovakia do; others do not."""


def cash_step(currency: str, *, rounds_euro: bool) -> int:
    """In minor units; 1 where nothing is rounded."""
    if currency == "EUR":
        return EURO_STEP_MINOR if rounds_euro else 1
    return STEPS_MINOR.get(currency, 1)


def cash_rounding(amount: Money, field: str, *, rounds_euro: bool) -> Money | None:
    """What cash is more than the amount, or (below zero) less; None for nothing.

    To the nearest, half of a step up. Raises BusinessError for so little that no coin is left of it.
    """
    step = cash_step(amount.currency, rounds_euro=rounds_euro)
    rounded = round_half_up(amount.amount_minor, step) * step
    if rounded == 0:
        least = written(Money(step, amount.currency))
        raise BusinessError("too-little-for-cash", f"in cash nothing is left of it: the least is {least}", field=field)
    return Money(rounded - amount.amount_minor, amount.currency) if rounded != amount.amount_minor else None
