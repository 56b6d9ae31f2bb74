"""A card on file: the consent is recorded, then Stripe is asked for a customer and a setup, then its answer is entered.

What a crash leaves in between is gone on with by the same request, or by `follow_kept_cards`, under the same keys.
"""

from datetime import datetime, timedelta

from chassis.failpoints import crossing
from chassis.messaging.outbox import Unit
from kernel.actor import Actor, system
from kernel.change import Change
from kernel.ids import new_id
from payments.domain.cards_on_file.card_on_file import KeepCard, KeptCard, begin, prepared, revoke
from payments.usecases.card_ports import CardGateway, Prepared
from payments.usecases.intake.ledger import Books

STRIPE = system("stripe")
LOOK_AGAIN_AFTER = timedelta(seconds=2)


async def intend(unit: Unit, books: Books, command: KeepCard) -> str:
    """Records the consent and returns the card's id. The request asks Stripe, or after a while the worker does."""
    now = books.clock()
    card = begin(command, new_id("crd"), now)
    await books.store.cards.put_card(unit, card, now + 5 * LOOK_AGAIN_AFTER, Change(now, command.by))
    return card.card_id


async def ask_stripe(books: Books, gateway: CardGateway, card_id: str) -> Prepared:
    """The card's one setup. Raises GatewayUnavailable."""
    card = await books.store.cards.card(card_id)
    crossing("cards-after-intent")
    answer = await gateway.prepare(card)
    crossing("cards-after-stripe")
    return answer


async def record(unit: Unit, books: Books, card_id: str, answer: Prepared) -> KeptCard:
    """Enters Stripe's answer; one that was entered already changes nothing."""
    card, now = await books.store.cards.card(card_id, unit), books.clock()
    after = prepared(card, answer.customer_id, answer.setup_intent_id, now, STRIPE)
    return await put(unit, books, card, after, now + LOOK_AGAIN_AFTER)


async def withdraw(unit: Unit, books: Books, card_id: str, by: Actor, reason: str | None) -> KeptCard:
    """The patient's consent ends now; Stripe lets go of the card soon after. Raises NotFound, IllegalTransition."""
    card, now = await books.store.cards.card(card_id, unit), books.clock()
    after = revoke(card, now, by)
    if after != card:
        await books.store.cards.put_card(unit, after, now, Change(now, by, reason))
    return after


async def put(unit: Unit, books: Books, before: KeptCard, after: KeptCard, due_at: datetime | None) -> KeptCard:
    """Stores what became of a card, if anything did."""
    if after != before:
        await books.store.cards.put_card(unit, after, due_at, Change(after.changed_at, after.changed_by))
    return after
