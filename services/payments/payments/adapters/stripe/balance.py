"""Stripe's balance: what it booked of charges, refunds and disputes, with its fees.

By Stripe's reporting categories ("Reporting categories", docs.stripe.com/reports/reporting-categories).
"""

from datetime import datetime
from typing import Any

import stripe

from payments.adapters.stripe.amounts import from_stripe
from payments.adapters.stripe.reading import id_of, ours, time_of
from payments.domain.settlement.stripe_balance import BalanceEntry, EntryKind

PAGE = 100
_KINDS: dict[str, tuple[EntryKind, int]] = {
    "charge": ("charge", 1),
    "refund": ("refund", -1),
    "refund_failure": ("refund", 1),
    "dispute": ("dispute", -1),
    "dispute_reversal": ("dispute", 1),
}
"""What we have, too, and its sign; payouts, and fees by themselves, are nobody's payment."""


async def booked_between(client: stripe.StripeClient, begin: datetime, end: datetime) -> list[BalanceEntry]:
    """Raises stripe.StripeError. The amount is that of what was charged, whatever Stripe exchanged it into."""
    page = await client.v1.balance_transactions.list_async(
        {
            "created": {"gte": int(begin.timestamp()), "lt": int(end.timestamp())},
            "expand": ["data.source"],
            "limit": PAGE,
        }
    )
    found = [booked(entry) async for entry in page.auto_paging_iter()]
    return [entry for entry in found if entry is not None]


def booked(entry: stripe.BalanceTransaction) -> BalanceEntry | None:
    """An entry with its source; None for one that is of no PaymentIntent."""
    kind = _KINDS.get(entry.reporting_category)
    source: Any = entry.source
    if kind is None or source is None or isinstance(source, str):
        return None
    intent_id = id_of(getattr(source, "payment_intent", None))
    if intent_id is None:
        return None
    name, sign = kind
    amount = from_stripe(abs(source.amount), source.currency)
    return BalanceEntry(
        entry_id=entry.id,
        kind=name,
        intent_id=intent_id,
        clinic_id=ours(source.metadata, "clinic_id") if name == "charge" else None,
        amount=amount if sign > 0 else -amount,
        fee=from_stripe(entry.fee, entry.currency),
        booked_at=time_of(entry.created),
    )
