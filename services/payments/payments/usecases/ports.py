"""What the use cases need of Stripe; `stripe_gateway` has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from payments.domain.cards.stripe_snapshot import SeenRefund, Standing
from payments.domain.intake.payment import Failure, Payment, Refund
from payments.domain.payouts.payout import SeenPayout
from payments.domain.settlement.stripe_balance import Booked

Source = Literal["intents", "refunds", "disputes", "pages", "payouts", "balance", "events"]
"""What Stripe lists, each by when it was made."""


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


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event as it would have come by webhook."""

    event_id: str
    type: str
    about: About | None
    body: bytes


Item = Standing | About | Booked | SeenEvent


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: of each thing as much as the list says. `next_after` is None on the last one."""

    items: tuple[Item, ...]
    next_after: str | None


class Gateway(Protocol):
    """Every method raises GatewayUnavailable."""

    async def open(self, payment: Payment) -> Opened | Failure:
        """Makes the PaymentIntent of a payment, or its Checkout page; made before, it is the same one."""

    async def find(self, payment_id: str) -> Opened | None:
        """The PaymentIntent with this payment in its metadata."""

    async def look(self, intent_id: str) -> Opened | None:
        """The PaymentIntent as it is now, None when Stripe has no such thing."""

    async def booked(self, begin: datetime, end: datetime) -> list[Booked]:
        """What moved Stripe's balance from `begin` until before `end`: charges, refunds, disputes."""

    async def look_at_page(self, session_id: str) -> Opened | None:
        """The Checkout page as it is now, and the PaymentIntent that it made; None when there is no such thing."""

    async def cancel(self, payment: Payment) -> None:
        """Takes no card any more, unless one has paid or is being asked: look what became of it."""

    async def refund(self, payment: Payment, refund: Refund) -> SeenRefund | Failure:
        """Gives money back to the card; asked for before, it is the same refund."""

    async def listed(self, source: Source, since: datetime, after: str | None) -> Listed:
        """A page of what was made since then, the newest first; the first one, or the one after `after`."""

    async def payout(self, payout_id: str) -> SeenPayout | None:
        """A payout and all that it is made of, None when there is no such thing."""
