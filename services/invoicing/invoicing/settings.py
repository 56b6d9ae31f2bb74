"""Settings of invoicing: `CHAIRSIDE_<NAME>`."""

from pydantic import Field

from chassis.settings import Settings
from contracts.money import CurrencyInUse


class InvoicingSettings(Settings):
    """`fallback_currency` is what a draft of a clinic that nobody configured shows; such a draft has no prices.

    Times in seconds: `seal_every_s` is how often it is looked whether a day can be sealed, `check_every_s` whether the
    nightly check, at `check_hour` of UTC, is due. `price_list_max_bytes`: what a price list may be sent with, so that
    it is one document of the database.
    """

    service: str = "invoicing"
    fallback_currency: CurrencyInUse = Field(
        default="EUR", description="what the draft of a clinic shows that nobody configured; it has no prices"
    )
    seal_every_s: float = Field(default=600, gt=0, description="how often it is looked whether a day can be sealed")
    check_hour: int = Field(
        default=2, ge=0, le=23, description="hour, UTC, of the nightly check for what nobody billed"
    )
    check_every_s: float = Field(default=60, gt=0, description="how often it is looked whether that check is due")
    price_list_max_bytes: int = Field(
        default=6 * 1024 * 1024,
        gt=0,
        description="the largest price list that may be sent: it is one document of the database",
    )
    worker_lease_s: float = Field(
        default=30, gt=0, description="how long another instance waits before it takes over a worker"
    )
