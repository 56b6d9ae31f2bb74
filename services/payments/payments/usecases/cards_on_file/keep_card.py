"""A card on file: the consent is recorded, then Stripe is asked for a customer and a setup, then its answer is entered.

What a crash leaves in between is gone on with by the same request, or by `follow_cards_on_file`, under the same keys.
"""

from datetime import datetime, timedelta

from chassis.failpoints import crossing
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.ids import new_id
from payments.domain.cards.stripe_snapshot import STRIPE
from payments.domain.cards_on_file.card_on_file import CardOnFile, CardOutcome, KeepCard, begin, prepare, revoke
from payments.publishing import publish
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import CardGateway, PreparedSetup

LOOK_AGAIN_AFTER = timedelta(seconds=2)


async def intend(unit: Unit, ledger: PaymentLedger, command: KeepCard, change: Change) -> str:
    """Records the consent and returns the card's id. The request asks Stripe, or after a while the worker does."""
    outcome = begin(command, new_id("crd"), change)
    card = await enter_card(unit, ledger, outcome, change.at + 5 * LOOK_AGAIN_AFTER)
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
    card, change = await ledger.store.cards.card(card_id, unit), ledger.change(STRIPE)
    outcome = prepare(card, answer.customer_id, answer.setup_intent_id, change)
    return await enter_card(unit, ledger, outcome, change.at + LOOK_AGAIN_AFTER)


async def withdraw(unit: Unit, ledger: PaymentLedger, card_id: str, change: Change) -> CardOnFile:
    """The patient's consent ends now; Stripe lets go of the card soon after. Raises NotFound, IllegalTransition."""
    card = await ledger.store.cards.card(card_id, unit)
    return await enter_card(unit, ledger, revoke(card, change), change.at)


async def enter_card(unit: Unit, ledger: PaymentLedger, outcome: CardOutcome, due_at: datetime | None) -> CardOnFile:
    """Stores what became of a card, if anything did. Raises Conflict when somebody else was faster."""
    if outcome.events:
        await ledger.store.cards.save_card(unit, outcome.events, due_at)
        publish(unit, outcome.events)
    return outcome.state
