"""A card on file: the consent is recorded, then Stripe is asked for a customer and a setup, then its answer is entered.

What a crash leaves in between is gone on with by the same request, or by `follow_kept_cards`, under the same keys.
"""

from datetime import datetime, timedelta

from chassis.failpoints import crossing
from chassis.messaging.outbox import Unit
from kernel.actor import Actor, system
from kernel.change import Change
from kernel.ids import new_id
from payments.domain.cards_on_file.card_on_file import CardOnFile, KeepCard, begin, prepared, revoke
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import CardGateway, PreparedSetup

STRIPE = system("stripe")
LOOK_AGAIN_AFTER = timedelta(seconds=2)


async def intend(unit: Unit, ledger: PaymentLedger, command: KeepCard) -> str:
    """Records the consent and returns the card's id. The request asks Stripe, or after a while the worker does."""
    now = ledger.clock()
    card = begin(command, new_id("crd"), now)
    await ledger.store.cards.put_card(unit, card, now + 5 * LOOK_AGAIN_AFTER, Change(now, command.by))
    return card.card_id


async def ask_stripe(ledger: PaymentLedger, gateway: CardGateway, card_id: str) -> PreparedSetup:
    """The card's one setup. Raises GatewayUnavailable."""
    card = await ledger.store.cards.card(card_id)
    crossing("cards-after-intent")
    answer = await gateway.prepare(card)
    crossing("cards-after-stripe")
    return answer


async def record(unit: Unit, ledger: PaymentLedger, card_id: str, answer: PreparedSetup) -> CardOnFile:
    """Enters Stripe's answer; one that was entered already changes nothing."""
    card, now = await ledger.store.cards.card(card_id, unit), ledger.clock()
    after = prepared(card, answer.customer_id, answer.setup_intent_id, now, STRIPE)
    return await put(unit, ledger, card, after, now + LOOK_AGAIN_AFTER)


async def withdraw(unit: Unit, ledger: PaymentLedger, card_id: str, by: Actor, reason: str | None) -> CardOnFile:
    """The patient's consent ends now; Stripe lets go of the card soon after. Raises NotFound, IllegalTransition."""
    card, now = await ledger.store.cards.card(card_id, unit), ledger.clock()
    after = revoke(card, now, by)
    if after != card:
        await ledger.store.cards.put_card(unit, after, now, Change(now, by, reason))
    return after


async def put(
    unit: Unit, ledger: PaymentLedger, before: CardOnFile, after: CardOnFile, due_at: datetime | None
) -> CardOnFile:
    """Stores what became of a card, if anything did."""
    if after != before:
        await ledger.store.cards.put_card(unit, after, due_at, Change(after.changed_at, after.changed_by))
    return after
