"""Settings of cash-register: those of every service, when days are sealed, and who may watch one."""

from typing import Literal

from pydantic import Field

from chassis.settings import Settings


class CashRegisterSettings(Settings):
    """As `CHAIRSIDE_<NAME>` in the environment. Times in seconds."""

    service: str = "cash-register"
    seal_every_s: float = Field(default=600, gt=0, description="how often it is looked whether a day can be sealed")
    reckon_every_s: float = Field(
        default=5,
        gt=0,
        description="how often it is looked for a day whose VAT has to be told after its close, and for used deposits",
    )
    worker_lease_s: float = Field(
        default=10, gt=0, description="how long another instance waits before it takes over a worker"
    )
    tse: Literal["none", "simulator"] = Field(
        default="none",
        description="the device that signs receipts of days that are opened from now on; the simulator certifies none",
    )
    tse_every_s: float = Field(default=0.5, gt=0, description="how often it is looked for receipts to sign")
    stream_clients: int = Field(
        default=100,
        gt=0,
        description="how many may watch a day at once, at each instance; one more is told to come again",
    )
    stream_poll_s: float = Field(
        default=1, gt=0, description="how often it is looked what is new for who watches a day"
    )
    stream_most_s: float = Field(
        default=300,
        gt=0,
        description="after that a stream ends, and who still may see the day goes on with the next one",
    )
