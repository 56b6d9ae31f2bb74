"""Settings of invoicing: `CHAIRSIDE_<NAME>`."""

from pydantic import Field

from chassis.settings import Settings
from contracts.money import Currency


class InvoicingSettings(Settings):
    """`fallback_currency` is what a draft of a clinic that nobody configured shows; such a draft has no prices.

    Times in seconds: `seal_every_s` is how often it is looked whether a day can be sealed.
    """

    service: str = "invoicing"
    fallback_currency: Currency = "EUR"
    seal_every_s: float = Field(default=600, gt=0)
    worker_lease_s: float = Field(default=30, gt=0)
