"""Settings of this service, from the environment: `CHAIRSIDE_<NAME>`. Times in seconds."""

from pydantic import Field, SecretStr

from chassis.settings import HttpUrl, Settings


class PaymentsSettings(Settings):
    """`stripe_api_base` is None for Stripe itself. The intervals say how long a missed message may go unnoticed."""

    service: str = "payments"

    stripe_api_key: SecretStr
    stripe_webhook_secret: SecretStr
    stripe_api_base: HttpUrl | None = None
    stripe_timeout_s: float = Field(default=10, gt=0)
    stripe_retries: int = Field(default=2, ge=0)

    webhook_poll_s: float = Field(default=1, gt=0)
    card_poll_s: float = Field(default=1, gt=0)
    card_ask_after_s: float = Field(default=10, gt=0)
    card_expires_after_s: float = Field(default=86_400, gt=0)
    reconcile_every_s: float = Field(default=300, gt=0)
    reconcile_overlap_s: float = Field(default=3_600, gt=0)
    worker_lease_s: float = Field(default=10, gt=0)

    card_on_file_poll_s: float = Field(default=1, gt=0)
    card_charge_poll_s: float = Field(default=1, gt=0)
    card_plan_every_s: float = Field(default=3600, gt=0)
    card_notice_days: int = Field(default=3, ge=0, le=60)
    card_charge_hour: int = Field(default=9, ge=0, le=23)
    seal_every_s: float = Field(default=600, gt=0)

    bank_poll_s: float = Field(default=1, gt=0)
    statement_max_bytes: int = Field(default=64 * 1024 * 1024, gt=0)
