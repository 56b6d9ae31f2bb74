"""What Stripe lists: everything made since a moment, a page at a time, and what a payout is made of."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, assert_never

import stripe

from payments.adapters.stripe.amounts import from_stripe
from payments.adapters.stripe.balance import booked
from payments.adapters.stripe.events import FOLLOWED, event_of
from payments.adapters.stripe.reading import INTENTS, dispute_of, id_of, ours, refund_of, time_of
from payments.domain.cards.stripe_snapshot import IntentStatus, SeenPage, StripeSnapshot
from payments.domain.cards.webhook import NewsSubject, StripeEvent
from payments.domain.payouts.payout import Itemized, PayoutMovementKind, PayoutStatus, SeenMovement, SeenPayout
from payments.usecases.ports import Listed, ListedItem, Source

PAGE = 100
# Stripe: "Reporting categories". A payout itself is a line of its own list, and none of what it is made of.
_KINDS: dict[str, PayoutMovementKind] = {
    "charge": "charge",
    "refund": "refund",
    "refund_failure": "refund",
    "dispute": "dispute",
    "dispute_reversal": "dispute",
}
_ITEMIZED: dict[str, Itemized] = {"completed": "yes", "in_progress": "later"}
_STATUSES: dict[str, PayoutStatus] = {
    "paid": "paid",
    "failed": "failed",
    "canceled": "canceled",
    "in_transit": "in_transit",
}


async def listed(client: stripe.StripeClient, source: Source, since: datetime, after: str | None) -> Listed:
    """The newest first; from the top again where Stripe has forgotten `after`. Raises stripe.StripeError."""
    asked: dict[str, Any] = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    try:
        found = await _list(client, source, asked if after is None else {**asked, "starting_after": after})
    except stripe.InvalidRequestError as error:
        if after is None or error.param != "starting_after":
            raise
        found = await _list(client, source, asked)
    last = found.data[-1].id if found.has_more and found.data else None
    items = (_READ[source](entry) for entry in found.data)
    return Listed(tuple(item for item in items if item is not None), last)


async def _list(client: stripe.StripeClient, source: Source, asked: Any) -> Any:
    match source:
        case "intents":
            return await client.v1.payment_intents.list_async(asked)
        case "refunds":
            return await client.v1.refunds.list_async(asked)
        case "disputes":
            return await client.v1.disputes.list_async(asked)
        case "pages":
            return await client.v1.checkout.sessions.list_async(asked)
        case "payouts":
            return await client.v1.payouts.list_async(asked)
        case "balance":
            with_source: Any = {**asked, "expand": ["data.source"]}
            return await client.v1.balance_transactions.list_async(with_source)
        case "events":
            of_types: Any = {**asked, "types": list(FOLLOWED)}
            return await client.v1.events.list_async(of_types)
        case _:
            assert_never(source)


def _intent(intent: stripe.PaymentIntent) -> StripeSnapshot:
    return StripeSnapshot(intent.id, ours(intent.metadata, "payment_id"), INTENTS.get(intent.status, "open"))


def _refund(refund: stripe.Refund) -> StripeSnapshot:
    return StripeSnapshot(id_of(refund.payment_intent), None, "succeeded", refunds=(refund_of(refund),))


def _dispute(dispute: stripe.Dispute) -> StripeSnapshot:
    return StripeSnapshot(id_of(dispute.payment_intent), None, "succeeded", disputes=(dispute_of(dispute),))


def _page(session: stripe.checkout.Session) -> StripeSnapshot:
    ended: IntentStatus = "canceled" if session.status == "expired" else "open"
    status: IntentStatus = "succeeded" if session.payment_status == "paid" else ended
    page = SeenPage(session.id, session.url, time_of(session.expires_at))
    return StripeSnapshot(id_of(session.payment_intent), ours(session.metadata, "payment_id"), status, page=page)


def _payout(payout: stripe.Payout) -> NewsSubject:
    return NewsSubject("payout", payout.id)


def _event(event: stripe.Event) -> StripeEvent:
    """Not the bytes that Stripe signed, but what they say."""
    return event_of(event, json.dumps(event.to_dict()).encode())


_READ: Mapping[Source, Callable[[Any], ListedItem | None]] = {
    "intents": _intent,
    "refunds": _refund,
    "disputes": _dispute,
    "pages": _page,
    "payouts": _payout,
    "balance": booked,
    "events": _event,
}


async def payout(client: stripe.StripeClient, payout_id: str) -> SeenPayout:
    """Raises stripe.StripeError."""
    found = await client.v1.payouts.retrieve_async(payout_id)
    itemized = _ITEMIZED.get(found.reconciliation_status, "never") if found.automatic else "never"
    return SeenPayout(
        payout_id=found.id,
        status=_STATUSES.get(found.status, "pending"),
        amount=from_stripe(found.amount, found.currency),
        created_at=time_of(found.created),
        arrives_on=time_of(found.arrival_date).date(),
        itemized=itemized,
        movements=await _movements(client, payout_id) if itemized == "yes" else (),
    )


async def _movements(client: stripe.StripeClient, payout_id: str) -> tuple[SeenMovement, ...]:
    first = await client.v1.balance_transactions.list_async(
        {"payout": payout_id, "limit": PAGE, "expand": ["data.source"]}
    )
    lines = [line async for line in first.auto_paging_iter()]
    return tuple(_movement(line) for line in lines if not (line.type == "payout" and id_of(line.source) == payout_id))


def _movement(line: stripe.BalanceTransaction) -> SeenMovement:
    return SeenMovement(
        movement_id=line.id,
        kind=_KINDS.get(line.reporting_category, "other"),
        amount=from_stripe(line.amount, line.currency),
        fee=from_stripe(line.fee, line.currency),
        net=from_stripe(line.net, line.currency),
        source_id=id_of(line.source),
        intent_id=id_of(getattr(line.source, "payment_intent", None)),
        payment_id=ours(getattr(line.source, "metadata", None), "payment_id"),
    )
