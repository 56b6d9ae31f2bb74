"""Settings of cash-register: those of every service."""

from chassis.settings import Settings


class CashRegisterSettings(Settings):
    """As `CHAIRSIDE_<NAME>` in the environment."""

    service: str = "cash-register"
