"""Money as Stripe writes it."""

from kernel.money import Money, round_half_up
from payments.domain.cards.steps import is_chargeable

# Stripe writes these with other decimals than ISO 4217 ("Supported currencies": special cases, zero-decimal). HUF and
# TWD are written as in ISO 4217; only what is paid out of them is whole.
_WRITTEN_TIMES_100 = frozenset({"ISK", "UGX"})
_WRITTEN_WITHOUT_CENTS = frozenset({"MGA"})


def to_stripe(amount: Money) -> int | None:
    """Stripe's minor units; None for an amount that Stripe does not take."""
    if not is_chargeable(amount):
        return None
    if amount.currency in _WRITTEN_TIMES_100:
        return amount.amount_minor * 100
    if amount.currency in _WRITTEN_WITHOUT_CENTS:
        return amount.amount_minor // 100
    return amount.amount_minor


def from_stripe(amount: int, currency: str) -> Money:
    """Our minor units (ISO 4217), half up: of a currency that has none here, Stripe's fees have fractions."""
    code = currency.upper()
    if code in _WRITTEN_TIMES_100:
        return Money(round_half_up(amount, 100), code)
    return Money(amount * 100 if code in _WRITTEN_WITHOUT_CENTS else amount, code)
