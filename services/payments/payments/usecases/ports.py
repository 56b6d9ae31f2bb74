"""What the use cases need of the world outside; `payments.adapters` has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from payments.domain.bank.file_profile import FileProfile
from payments.domain.bank.statement import CsvColumns, StatementFormat, StatementItem
from payments.domain.cards.stripe_snapshot import SeenRefund, StripeSnapshot
from payments.domain.cards.webhook import NewsSubject, StripeEvent
from payments.domain.cards_on_file.card_on_file import CardOnFile, SeenSetup
from payments.domain.cards_on_file.schedule import IsWorkingDay
from payments.domain.intake.payment import Failure, Payment, Refund
from payments.domain.intake.payment_policy import Calendar
from payments.domain.payouts.payout import SeenPayout
from payments.domain.settlement.stripe_balance import BalanceEntry

Source = Literal["intents", "refunds", "disputes", "pages", "payouts", "balance", "events"]
"""What Stripe lists, each by when it was made."""


class GatewayUnavailable(Exception):
    """Stripe did not answer, or not for good: the same call may be made again, and has its effect once."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A PaymentIntent, or a Checkout page, that waits for a card.

    The secret is for the browser that asked, and for nobody else; a Checkout page has none.
    """

    snapshot: StripeSnapshot
    client_secret: str | None


ListedItem = StripeSnapshot | NewsSubject | BalanceEntry | StripeEvent


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: of each thing as much as the list says. `next_after` is None on the last one."""

    items: tuple[ListedItem, ...]
    next_after: str | None


class Gateway(Protocol):
    """Every method but `verified` raises GatewayUnavailable."""

    @property
    def cards(self) -> "CardGateway":
        """What Stripe does with cards on file."""

    def verified(self, body: bytes, signature: str | None) -> StripeEvent:
        """Raises BusinessError (400) for a body that Stripe did not sign, or signed too long ago."""

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


class ReadStatement(Protocol):
    """A bank's file, whatever its format."""

    def __call__(
        self, format_: StatementFormat, file: Path, columns: CsvColumns | None = None
    ) -> Iterator[StatementItem]:
        """The statements, each with its head first. Raises StatementInvalid, also midway."""


class ProfileFile(Protocol):
    """A bank's file that nobody described."""

    def __call__(self, file: Path) -> FileProfile:
        """What it seems to be. Raises StatementInvalid for what is no text."""


class WorkingDays(Protocol):
    """The clinic's working days, by the calendar of its place."""

    def __call__(self, calendar: Calendar) -> IsWorkingDay:
        """No weekend and no public holiday; without a country every day."""


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
