"""What the use cases need of the world outside; `payments.adapters` has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from payments.domain.cards.stripe_snapshot import SeenRefund, StripeSnapshot
from payments.domain.cards_on_file.card_on_file import CardOnFile, SeenSetup
from payments.domain.intake.payment import Failure, Payment, Refund
from payments.domain.payouts.payout import SeenPayout
from payments.domain.settlement.stripe_balance import BalanceEntry

Source = Literal["intents", "refunds", "disputes", "pages", "payouts", "balance", "events"]
"""What Stripe lists, each by when it was made."""


class GatewayUnavailable(Exception):
    """Stripe did not answer, or not for good: the same call may be made again, and has its effect once."""


@dataclass(frozen=True, slots=True)
class NewsSubject:
    """What there may be news of: a PaymentIntent, a Checkout page or a payout, by Stripe's id."""

    kind: Literal["intent", "checkout", "payout"]
    id: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A PaymentIntent, or a Checkout page, that waits for a card.

    The secret is for the browser that asked, and for nobody else; a Checkout page has none.
    """

    snapshot: StripeSnapshot
    client_secret: str | None


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event as it would have come by webhook."""

    event_id: str
    type: str
    about: NewsSubject | None
    body: bytes


ListedItem = StripeSnapshot | NewsSubject | BalanceEntry | SeenEvent


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: of each thing as much as the list says. `next_after` is None on the last one."""

    items: tuple[ListedItem, ...]
    next_after: str | None


class Gateway(Protocol):
    """Every method raises GatewayUnavailable."""

    async def open(self, payment: Payment) -> Opened | Failure:
        """Makes the PaymentIntent of a payment, or its Checkout page; made before, it is the same one."""

    async def find(self, payment_id: str) -> Opened | None:
        """The PaymentIntent with this payment in its metadata."""

    async def look(self, intent_id: str) -> Opened | None:
        """The PaymentIntent as it is now, None when Stripe has no such thing."""

    async def booked(self, begin: datetime, end: datetime) -> list[BalanceEntry]:
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


@dataclass(frozen=True, slots=True)
class PreparedSetup:
    """Stripe waits for the card: by the secret, for the browser at the desk, or on a page at `url`; one is None."""

    customer_id: str
    setup_intent_id: str
    client_secret: str | None = None
    url: str | None = None


class CardGateway(Protocol):
    """Every method raises GatewayUnavailable."""

    async def prepare(self, card: CardOnFile) -> PreparedSetup:
        """Makes a customer and a setup, or its page; made before, they are the same."""

    async def look_at_setup(self, setup_intent_id: str) -> SeenSetup | None:
        """The setup as it is now, with the card that it kept."""

    async def abandon(self, setup_intent_id: str) -> None:
        """No card can be entered any more, unless one was."""

    async def release(self, payment_method_id: str) -> None:
        """The card is never charged again; done before, nothing happens."""
