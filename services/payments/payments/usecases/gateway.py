"""What the use cases need of Stripe; `stripe_gateway` has it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from payments.domain.card import SeenRefund, Standing
from payments.domain.payment import Failure, Payment, Refund


class GatewayUnavailable(Exception):
    """Stripe did not answer, or not for good: the same call may be made again, and has its effect once."""


@dataclass(frozen=True, slots=True)
class About:
    """What there may be news of: a PaymentIntent, a Checkout page or a payout, by Stripe's id."""

    kind: Literal["intent", "checkout", "payout"]
    id: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A PaymentIntent, or a Checkout page, that waits for a card.

    The secret is for the browser that asked, and for nobody else; a Checkout page has none.
    """

    standing: Standing
    client_secret: str | None


class Gateway(Protocol):
    """Every method raises GatewayUnavailable."""

    async def open(self, payment: Payment) -> Opened | Failure:
        """Makes the PaymentIntent of a payment, or its Checkout page; made before, it is the same one."""

    async def find(self, payment_id: str) -> Opened | None:
        """The PaymentIntent with this payment in its metadata."""

    async def look(self, intent_id: str) -> Opened | None:
        """The PaymentIntent as it is now, None when Stripe has no such thing."""

    async def look_at_page(self, session_id: str) -> Opened | None:
        """The Checkout page as it is now, and the PaymentIntent that it made; None when there is no such thing."""

    async def cancel(self, payment: Payment) -> None:
        """Takes no card any more, unless one has paid or is being asked: look what became of it."""

    async def refund(self, payment: Payment, refund: Refund) -> SeenRefund | Failure:
        """Gives money back to the card; asked for before, it is the same refund."""
