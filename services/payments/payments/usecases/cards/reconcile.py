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
from payments.domain.cards.read_position import ReadPosition
from payments.domain.cards.stripe_snapshot import StripeSnapshot, observe
from payments.domain.intake.payment import Payment
from payments.domain.settlement.stripe_balance import BalanceEntry
from payments.usecases.cards import process_webhooks
from payments.usecases.cards.charge_card import STRIPE
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.payouts import check_payouts
from payments.usecases.ports import Gateway, Listed, NewsSubject, SeenEvent, Source
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


async def sweep(ledger: PaymentLedger, gateway: Gateway, pace: Pace) -> bool:
    """One page of the list that waits longest; False when none is due. Raises GatewayUnavailable."""
    now = ledger.clock()
    known = await ledger.store.read_positions.positions(*SOURCES)
    first = ReadPosition(since=now - FIRST_LOOK_BACK, due_at=now)
    positions = {source: known.get(source, first) for source in SOURCES}
    source = min(SOURCES, key=lambda one: positions[one].due_at)
    position = positions[source]
    if position.due_at > now:
        return False
    try:
        reached = await _read(ledger, gateway, pace, source, position)
    except Exception:
        # The others have their turn first.
        await ledger.store.read_positions.keep(source, position.put_off(now + pace.every))
        raise
    await ledger.store.read_positions.keep(source, reached)
    crossing(f"reconciler-{source}-kept")
    return True


async def _read(
    ledger: PaymentLedger, gateway: Gateway, pace: Pace, source: Source, position: ReadPosition
) -> ReadPosition:
    asked_at = ledger.clock()
    listed = await gateway.listed(source, position.since - pace.overlap, position.after)
    for about in await _news(ledger, listed):
        log.info("found-without-webhook", source=source, about=about.id)
        await process_webhooks.process_listed(ledger, gateway, about)
    if listed.next_after is None and source == "payouts":
        await check_payouts.recheck(ledger, gateway)
    crossing(f"reconciler-{source}-entered")
    return position.read(listed.next_after, asked_at, pace.every)


async def _news(ledger: PaymentLedger, listed: Listed) -> list[NewsSubject]:
    """What is worth a look. An event that was missed is kept as if it had come, and worked off with the others."""
    await _keep(ledger, [item for item in listed.items if isinstance(item, SeenEvent)])
    await read_stripe_balance.enter(ledger, [item for item in listed.items if isinstance(item, BalanceEntry)])
    snapshots = [item for item in listed.items if isinstance(item, StripeSnapshot)]
    paid_out = await ledger.store.payouts.not_finished([i.id for i in listed.items if isinstance(i, NewsSubject)])
    payments = await _ours(ledger, snapshots)
    found = [_about(s) for s in snapshots if any(_is_news(p, s, ledger) for p in payments if _may_be_of(p, s))]
    return [about for about in dict.fromkeys(found) if about is not None] + [
        NewsSubject("payout", payout_id) for payout_id in paid_out
    ]


async def _keep(ledger: PaymentLedger, events: Sequence[SeenEvent]) -> None:
    ids = [event.event_id for event in events]
    known = {row["_id"] for row in await ledger.store.webhooks.find({"_id": {"$in": ids}}, {"_id": 1}).to_list(None)}
    for event in events:
        if event.event_id not in known and event.about is not None:
            log.info("found-without-webhook", type=event.type, about=event.about.id)
            await process_webhooks.keep(ledger, event.event_id, event.type, event.about, event.body)


async def _ours(ledger: PaymentLedger, snapshots: Sequence[StripeSnapshot]) -> list[Payment]:
    payment_ids = [s.payment_id for s in snapshots if s.payment_id is not None]
    intent_ids = [s.intent_id for s in snapshots if s.intent_id is not None]
    return await ledger.store.payments_at_stripe(payment_ids, intent_ids)


def _may_be_of(payment: Payment, snapshot: StripeSnapshot) -> bool:
    by_intent = snapshot.intent_id is not None and snapshot.intent_id == payment.card_payment_intent_id
    return by_intent or snapshot.payment_id == payment.payment_id


def _is_news(payment: Payment, snapshot: StripeSnapshot, ledger: PaymentLedger) -> bool:
    """Whether anything would follow for the payment; what, is seen by a look at all of it."""
    return observe(payment, snapshot, "only to see", ledger.clock(), STRIPE).payment != payment


def _about(snapshot: StripeSnapshot) -> NewsSubject | None:
    if snapshot.page is not None:
        return NewsSubject("checkout", snapshot.page.session_id)
    return None if snapshot.intent_id is None else NewsSubject("intent", snapshot.intent_id)
