"""What the use cases of cards on file need of Stripe; `stripe_gateway` has it."""

from dataclasses import dataclass
from typing import Protocol

from payments.domain.cards_on_file.card_on_file import KeptCard, SeenSetup


@dataclass(frozen=True, slots=True)
class Prepared:
    """Stripe waits for the card: by the secret, for the browser at the desk, or on a page at `url`; one is None."""

    customer_id: str
    setup_intent_id: str
    client_secret: str | None = None
    url: str | None = None


class CardGateway(Protocol):
    """Every method raises GatewayUnavailable."""

    async def prepare(self, card: KeptCard) -> Prepared:
        """Makes a customer and a setup, or its page; made before, they are the same."""

    async def look_at_setup(self, setup_intent_id: str) -> SeenSetup | None:
        """The setup as it is now, with the card that it kept."""

    async def abandon(self, setup_intent_id: str) -> None:
        """No card can be entered any more, unless one was."""

    async def release(self, payment_method_id: str) -> None:
        """The card is never charged again; done before, nothing happens."""
