"""What the use cases need of Stripe; `stripe_gateway` has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from payments.domain.card import SeenRefund, Standing
from payments.domain.payment import Failure, Payment, Refund
from payments.domain.settlement import Booked


class GatewayUnavailable(Exception):
    """Stripe did not answer, or not for good: the same call may be made again, and has its effect once."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A PaymentIntent that waits for a card. The secret is for the browser that asked, and for nobody else."""

    standing: Standing
    client_secret: str


class Gateway(Protocol):
    """Every method raises GatewayUnavailable."""

    async def open(self, payment: Payment) -> Opened | Failure:
        """Makes the PaymentIntent of a payment; made before, it is the same one."""

    async def find(self, payment_id: str) -> Opened | None:
        """The PaymentIntent with this payment in its metadata."""

    async def look(self, intent_id: str) -> Opened | None:
        """The PaymentIntent as it is now, None when Stripe has no such thing."""

    async def booked(self, begin: datetime, end: datetime) -> list[Booked]:
        """What moved Stripe's balance from `begin` until before `end`: charges, refunds, disputes."""

    async def refund(self, payment: Payment, refund: Refund) -> SeenRefund | Failure:
        """Gives money back to the card; asked for before, it is the same refund."""
