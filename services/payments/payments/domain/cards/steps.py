"""Which amounts a card can be charged or given back: not every one that the currency has.

Stripe takes three-decimal currencies with a last digit of 0, and the ariary in whole units ("Supported currencies":
three-decimal, zero-decimal). Of all others every amount that ISO 4217 can write is a whole one of Stripe's, too.
"""

from kernel.errors import BusinessError
from kernel.money import Money, written

_STEPS_MINOR = {"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "MGA": 100}


def is_chargeable(amount: Money) -> bool:
    return amount.amount_minor % _step_minor(amount) == 0


def chargeable_part(amount: Money) -> Money:
    """The most of it that a card can be charged."""
    return Money(amount.amount_minor - amount.amount_minor % _step_minor(amount), amount.currency)


def demand_chargeable(amount: Money) -> None:
    """Raises BusinessError for an amount between two that a card can be charged or given back, and names these."""
    if is_chargeable(amount):
        return
    step = Money(_step_minor(amount), amount.currency)
    below = chargeable_part(amount)
    near = [written(one) for one in (below, below + step) if one.amount_minor > 0]
    text = f"cards take {amount.currency} in steps of {written(step)}: {' or '.join(near)}"
    raise BusinessError("amount-not-chargeable", text, field="/amount")


def _step_minor(amount: Money) -> int:
    return _STEPS_MINOR.get(amount.currency, 1)
