"""Settings of invoicing: `CHAIRSIDE_<NAME>`."""

from chassis.settings import Settings
from contracts.money import Currency


class InvoicingSettings(Settings):
    """`fallback_currency` is what a draft of a clinic that nobody configured shows; such a draft has no prices."""

    service: str = "invoicing"
    fallback_currency: Currency = "EUR"
