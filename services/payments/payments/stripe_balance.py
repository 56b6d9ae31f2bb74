"""Stripe's balance: what it booked of charges, refunds and disputes, with its fees.

By Stripe's reporting categories ("Reporting categories", docs.stripe.com/reports/reporting-categories).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import stripe

from chassis.kernel.money import Money
from payments.domain.settlement import Booked, EntryKind

PAGE = 100
_KINDS: dict[str, tuple[EntryKind, int]] = {
    "charge": ("charge", 1),
    "refund": ("refund", -1),
    "refund_failure": ("refund", 1),
    "dispute": ("dispute", -1),
    "dispute_reversal": ("dispute", 1),
}
"""What we have, too, and its sign; payouts, and fees by themselves, are nobody's payment."""
InOurUnits = Callable[[int, str], Money]


async def booked_between(
    client: stripe.StripeClient, begin: datetime, end: datetime, money: InOurUnits
) -> list[Booked]:
    """Raises stripe.StripeError. The amount is that of what was charged, whatever Stripe exchanged it into."""
    page = await client.v1.balance_transactions.list_async(
        {
            "created": {"gte": int(begin.timestamp()), "lt": int(end.timestamp())},
            "expand": ["data.source"],
            "limit": PAGE,
        }
    )
    found = [_booked(entry, money) async for entry in page.auto_paging_iter()]
    return [entry for entry in found if entry is not None]


def _booked(entry: stripe.BalanceTransaction, money: InOurUnits) -> Booked | None:
    kind = _KINDS.get(entry.reporting_category)
    source: Any = entry.source
    if kind is None or source is None or isinstance(source, str):
        return None
    intent = getattr(source, "payment_intent", None)
    if intent is None:
        return None
    name, sign = kind
    amount = money(abs(source.amount), source.currency)
    return Booked(
        entry_id=entry.id,
        kind=name,
        intent_id=intent if isinstance(intent, str) else intent.id,
        clinic_id=_clinic(source) if name == "charge" else None,
        amount=amount if sign > 0 else -amount,
        fee=money(entry.fee, entry.currency),
    )


def _clinic(charge: Any) -> str | None:
    metadata = charge.metadata.to_dict() if charge.metadata is not None else {}
    value = metadata.get("clinic_id")
    return value if isinstance(value, str) else None
