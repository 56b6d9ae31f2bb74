"""What no webhook brought: everything that Stripe made since the last look, and every event of that time, is listed.

An overlap is listed again each time, since Stripe's lists may run a moment behind. What is of another system on the
same account is passed by. Where we are is kept after each page, so that a crash goes on from there. A list that does
not answer does not keep the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

import structlog

from chassis.failpoints import crossing
from payments.domain.cards.read_position import ReadPosition
from payments.domain.cards.stripe_snapshot import STRIPE, StripeSnapshot, observe
from payments.domain.cards.webhook import NewsSubject, StripeEvent
from payments.domain.intake.payment import Payment
from payments.domain.settlement.stripe_balance import BalanceEntry
from payments.usecases.cards import process_webhooks
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.payouts import check_payouts
from payments.usecases.ports import Gateway, Listed, Source
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
    due = due_source(await ledger.store.read_positions.positions(*SOURCES), now)
    if due is None:
        return False
    source, position = due
    try:
        reached = await _read(ledger, gateway, pace, source, position)
    except Exception:
        # The others have their turn first.
        await ledger.store.read_positions.keep(source, position.put_off(now + pace.every))
        raise
    await ledger.store.read_positions.keep(source, reached)
    crossing(f"reconciler-{source}-kept")
    return True


def due_source(positions: Mapping[str, ReadPosition], now: datetime) -> tuple[Source, ReadPosition] | None:
    """The list that waits longest, and from where it is read; None when none is due.

    One that was never read comes before all that were: where reading takes longer than the pace, these are due again
    and again, and it would never have its turn.
    """
    first = ReadPosition(since=now - FIRST_LOOK_BACK, due_at=now - FIRST_LOOK_BACK)
    source = min(SOURCES, key=lambda name: positions.get(name, first).due_at)
    position = positions.get(source, first)
    return None if position.due_at > now else (source, position)


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
    await _keep(ledger, [item for item in listed.items if isinstance(item, StripeEvent)])
    await read_stripe_balance.enter(ledger, [item for item in listed.items if isinstance(item, BalanceEntry)])
    snapshots = [item for item in listed.items if isinstance(item, StripeSnapshot)]
    paid_out = await ledger.store.payouts.not_finished([i.id for i in listed.items if isinstance(i, NewsSubject)])
    payments = await _ours(ledger, snapshots)
    found = [_about(s) for s in snapshots if any(_is_news(p, s, ledger) for p in payments if _may_be_of(p, s))]
    return [about for about in dict.fromkeys(found) if about is not None] + [
        NewsSubject("payout", payout_id) for payout_id in paid_out
    ]


async def _keep(ledger: PaymentLedger, events: Sequence[StripeEvent]) -> None:
    known = await ledger.store.webhooks.known([event.event_id for event in events])
    for event in events:
        if event.event_id not in known and event.about is not None:
            log.info("found-without-webhook", type=event.type, about=event.about.id)
            await process_webhooks.keep(ledger, event)


async def _ours(ledger: PaymentLedger, snapshots: Sequence[StripeSnapshot]) -> list[Payment]:
    payment_ids = [s.payment_id for s in snapshots if s.payment_id is not None]
    intent_ids = [s.intent_id for s in snapshots if s.intent_id is not None]
    return await ledger.store.payments.at_stripe(payment_ids, intent_ids)


def _may_be_of(payment: Payment, snapshot: StripeSnapshot) -> bool:
    by_intent = snapshot.intent_id is not None and snapshot.intent_id == payment.card_payment_intent_id
    return by_intent or snapshot.payment_id == payment.payment_id


def _is_news(payment: Payment, snapshot: StripeSnapshot, ledger: PaymentLedger) -> bool:
    """Whether anything would follow for the payment; what, is seen by a look at all of it.

    What cannot be held against its payment is looked at by itself, where it keeps no other.
    """
    try:
        return _would_change(payment, snapshot, ledger)
    except Exception:
        log.exception("listed-not-compared", payment_id=payment.payment_id, intent_id=snapshot.intent_id)
        return True


def _would_change(payment: Payment, snapshot: StripeSnapshot, ledger: PaymentLedger) -> bool:
    return observe(payment, snapshot, "only to see", ledger.change(STRIPE)).state != payment


def _about(snapshot: StripeSnapshot) -> NewsSubject | None:
    if snapshot.page is not None:
        return NewsSubject("checkout", snapshot.page.session_id)
    return None if snapshot.intent_id is None else NewsSubject("intent", snapshot.intent_id)
