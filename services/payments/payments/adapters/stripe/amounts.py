"""Money as Stripe writes it."""

from kernel.money import Money

# Stripe writes these with other decimals than ISO 4217 ("Supported currencies": special cases, zero-decimal).
_WRITTEN_TIMES_100 = frozenset({"ISK", "UGX"})
_WRITTEN_WITHOUT_CENTS = frozenset({"MGA"})


def to_stripe(amount: Money) -> int | None:
    """Stripe's minor units; None for an amount that cannot be written in them."""
    if amount.currency in _WRITTEN_TIMES_100:
        return amount.amount_minor * 100
    if amount.currency in _WRITTEN_WITHOUT_CENTS:
        whole, rest = divmod(amount.amount_minor, 100)
        return None if rest else whole
    return amount.amount_minor


def from_stripe(amount: int, currency: str) -> Money:
    """Our minor units (ISO 4217)."""
    code = currency.upper()
    if code in _WRITTEN_TIMES_100:
        return Money(amount // 100, code)
    return Money(amount * 100 if code in _WRITTEN_WITHOUT_CENTS else amount, code)
