"""Settings of cash-register: those of every service, and when days are sealed."""

from pydantic import Field

from chassis.settings import Settings


class CashRegisterSettings(Settings):
    """As `CHAIRSIDE_<NAME>` in the environment. Times in seconds."""

    service: str = "cash-register"
    seal_every_s: float = Field(default=600, gt=0, description="how often it is looked whether a day can be sealed")
    worker_lease_s: float = Field(
        default=10, gt=0, description="how long another instance waits before it takes over a worker"
    )
