"""What no webhook told: everything that Stripe made since the last look, and every event of that time, is listed.

An overlap is listed again each time, since Stripe's lists may run a moment behind. What is of another system on the
same account is passed by. Where we are is kept after each page, so that a crash goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

import structlog

from chassis.mongo import Document
from payments.domain.card import Standing, observe
from payments.domain.payment import Payment
from payments.usecases import hear_stripe, payouts
from payments.usecases.books import Books
from payments.usecases.charge_card import STRIPE
from payments.usecases.gateway import About, Gateway, GatewayUnavailable, Listed, SeenEvent, Source

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
    """One page of a list that is due; False when none is. Raises GatewayUnavailable."""
    now = books.clock()
    rows = {row["_id"]: row for row in await books.store.cursors.find({"_id": {"$in": list(SOURCES)}}).to_list(None)}
    for source in SOURCES:
        cursor = rows.get(source, {"_id": source, "since": now - FIRST_LOOK_BACK, "due_at": now})
        if cursor["due_at"] <= now:
            await _read_on(books, gateway, pace, cursor, now)
            return True
    return False


async def _read_on(books: Books, gateway: Gateway, pace: Pace, cursor: Document, now: datetime) -> None:
    try:
        await _read(books, gateway, pace, cursor, now)
    except GatewayUnavailable:
        # Another list may answer meanwhile.
        later = {"$set": {"due_at": now + pace.every, "since": cursor["since"]}}
        await books.store.cursors.update_one({"_id": cursor["_id"]}, later, upsert=True)
        raise


async def _read(books: Books, gateway: Gateway, pace: Pace, cursor: Document, now: datetime) -> None:
    source: Source = cursor["_id"]
    began_at = cursor.get("began_at") or now
    listed = await gateway.listed(source, cursor["since"] - pace.overlap, cursor.get("after"))
    for about in await _news(books, listed):
        log.info("found-without-webhook", source=source, about=about.id)
        await hear_stripe.hear(books, gateway, about)
    if listed.next_after is None and source == "payouts":
        await payouts.recheck(books, gateway)
    if listed.next_after is None:
        place = {"since": began_at, "due_at": now + pace.every, "after": None, "began_at": None}
    else:
        place = {"since": cursor["since"], "due_at": now, "after": listed.next_after, "began_at": began_at}
    await books.store.cursors.update_one({"_id": source}, {"$set": place}, upsert=True)


async def _news(books: Books, listed: Listed) -> list[About]:
    """What is worth a look. An event that was missed is kept as if it had come, and worked off with the others."""
    await _keep(books, [item for item in listed.items if isinstance(item, SeenEvent)])
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
            await hear_stripe.keep(books, event.event_id, event.type, event.about, event.body)


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
