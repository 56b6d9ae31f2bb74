"""What no webhook told: everything that Stripe made since the last look, and every event of that time, is listed.

An overlap is listed again each time, since Stripe's lists may run a moment behind. What is of another system on the
same account is passed by. Where we are is kept after each page, so that a crash goes on from there. A list that does
not answer does not keep the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

import structlog

from chassis.failpoints import crossing
from payments.domain.cards.read_position import Place
from payments.domain.cards.stripe_snapshot import Standing, observe
from payments.domain.intake.payment import Payment
from payments.domain.settlement.stripe_balance import Booked
from payments.usecases.cards import process_webhooks
from payments.usecases.cards.charge_card import STRIPE
from payments.usecases.intake.ledger import Books
from payments.usecases.payouts import check_payouts
from payments.usecases.ports import About, Gateway, Listed, SeenEvent, Source
from payments.usecases.settlement import read_stripe_balance

log = structlog.get_logger(__name__)
SOURCES: tuple[Source, ...] = get_args(Source)
FIRST_LOOK_BACK = timedelta(days=30)
"""At the first start; Stripe keeps its events as long."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often each list is read, and how far back it is read again."""

    every: timedelta
    overlap: timedelta


async def sweep(books: Books, gateway: Gateway, pace: Pace) -> bool:
    """One page of the list that waits longest; False when none is due. Raises GatewayUnavailable."""
    now = books.clock()
    known = await books.store.listings.places(*SOURCES)
    first = Place(since=now - FIRST_LOOK_BACK, due_at=now)
    places = {source: known.get(source, first) for source in SOURCES}
    source = min(SOURCES, key=lambda one: places[one].due_at)
    place = places[source]
    if place.due_at > now:
        return False
    try:
        reached = await _read(books, gateway, pace, source, place)
    except Exception:
        # The others have their turn first.
        await books.store.listings.keep(source, place.put_off(now + pace.every))
        raise
    await books.store.listings.keep(source, reached)
    crossing(f"reconciler-{source}-kept")
    return True


async def _read(books: Books, gateway: Gateway, pace: Pace, source: Source, place: Place) -> Place:
    asked_at = books.clock()
    listed = await gateway.listed(source, place.since - pace.overlap, place.after)
    for about in await _news(books, listed):
        log.info("found-without-webhook", source=source, about=about.id)
        await process_webhooks.hear_listed(books, gateway, about)
    if listed.next_after is None and source == "payouts":
        await check_payouts.recheck(books, gateway)
    crossing(f"reconciler-{source}-entered")
    return place.read(listed.next_after, asked_at, pace.every)


async def _news(books: Books, listed: Listed) -> list[About]:
    """What is worth a look. An event that was missed is kept as if it had come, and worked off with the others."""
    await _keep(books, [item for item in listed.items if isinstance(item, SeenEvent)])
    await read_stripe_balance.enter(books, [item for item in listed.items if isinstance(item, Booked)])
    standings = [item for item in listed.items if isinstance(item, Standing)]
    paid_out = await books.store.payouts.not_finished([i.id for i in listed.items if isinstance(i, About)])
    payments = await _ours(books, standings)
    found = [_about(s) for s in standings if any(_is_news(p, s, books) for p in payments if _may_be_of(p, s))]
    return [about for about in dict.fromkeys(found) if about is not None] + [
        About("payout", payout_id) for payout_id in paid_out
    ]


async def _keep(books: Books, events: Sequence[SeenEvent]) -> None:
    ids = [event.event_id for event in events]
    known = {row["_id"] for row in await books.store.webhooks.find({"_id": {"$in": ids}}, {"_id": 1}).to_list(None)}
    for event in events:
        if event.event_id not in known and event.about is not None:
            log.info("found-without-webhook", type=event.type, about=event.about.id)
            await process_webhooks.keep(books, event.event_id, event.type, event.about, event.body)


async def _ours(books: Books, standings: Sequence[Standing]) -> list[Payment]:
    payment_ids = [s.payment_id for s in standings if s.payment_id is not None]
    intent_ids = [s.intent_id for s in standings if s.intent_id is not None]
    return await books.store.payments_at_stripe(payment_ids, intent_ids)


def _may_be_of(payment: Payment, standing: Standing) -> bool:
    by_intent = standing.intent_id is not None and standing.intent_id == payment.card_payment_intent_id
    return by_intent or standing.payment_id == payment.payment_id


def _is_news(payment: Payment, standing: Standing, books: Books) -> bool:
    """Whether anything would follow for the payment; what, is seen by a look at all of it."""
    return observe(payment, standing, "only to see", books.clock(), STRIPE).payment != payment


def _about(standing: Standing) -> About | None:
    if standing.page is not None:
        return About("checkout", standing.page.session_id)
    return None if standing.intent_id is None else About("intent", standing.intent_id)
