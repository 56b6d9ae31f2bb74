"""Settings of this service, from the environment: `CHAIRSIDE_<NAME>`. Times in seconds."""

from pydantic import Field, SecretStr

from chassis.settings import HttpUrl, Settings


class PaymentsSettings(Settings):
    """`stripe_api_base` is None for Stripe itself. The intervals say how long a missed message may go unnoticed."""

    service: str = "payments"

    stripe_api_key: SecretStr = Field(description="secret key of the account at Stripe")
    stripe_webhook_secret: SecretStr = Field(description="signing secret of the webhook endpoint")
    stripe_api_base: HttpUrl | None = Field(
        default=None, description="anything that speaks Stripe's API, such as the sandbox; none is Stripe itself"
    )
    stripe_timeout_s: float = Field(default=10, gt=0, description="for each call")
    stripe_retries: int = Field(default=2, ge=0, description="for each call")

    webhook_poll_s: float = Field(
        default=1, gt=0, description="how often webhooks are worked off that nobody announced"
    )
    card_poll_s: float = Field(default=1, gt=0, description="how often it is looked for card payments to follow up")
    card_ask_after_s: float = Field(
        default=10, gt=0, description="how long news of a card payment may take before Stripe is asked"
    )
    card_expires_after_s: float = Field(default=86_400, gt=0, description="what no card has paid by then is canceled")
    reconcile_every_s: float = Field(default=300, gt=0, description="how often Stripe's lists are read")
    reconcile_overlap_s: float = Field(default=3_600, gt=0, description="how far back they are read again")
    worker_lease_s: float = Field(
        default=10, gt=0, description="how long another instance waits before it takes over a worker"
    )

    card_on_file_poll_s: float = Field(
        default=1, gt=0, description="how often it is looked for cards on file to follow up"
    )
    card_charge_poll_s: float = Field(
        default=1, gt=0, description="how often it is looked for charges of cards on file that are due"
    )
    card_plan_every_s: float = Field(
        default=3600, gt=0, description="how often it is looked which instalments fall due for a card on file"
    )
    card_notice_days: int = Field(
        default=3, ge=0, le=60, description="how many days ahead a charge is announced to the patient"
    )
    card_charge_hour: int = Field(
        default=9, ge=0, le=23, description="from which hour of the clinic's day a card on file is charged"
    )
    seal_every_s: float = Field(default=600, gt=0, description="how often it is looked whether a day can be sealed")

    register_check_every_s: float = Field(
        default=3600, gt=0, description="how often yesterday's cash is compared with the registers"
    )

    bank_poll_s: float = Field(default=1, gt=0, description="how often it is looked for transfers to match")
    statement_max_bytes: int = Field(
        default=64 * 1024 * 1024, gt=0, description="the largest bank statement that may be sent"
    )
