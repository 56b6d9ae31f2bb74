"""Stripe's balance, copied: what a day's settlement is held against, without listing the account for each clinic."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from payments.domain.settlement.stripe_balance import BalanceEntry
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway, GatewayUnavailable, Source

log = structlog.get_logger(__name__)
SOURCE: Source = "balance"
MAY_RUN_BEHIND = timedelta(minutes=1)
"""Stripe's lists; asked for again is cheap."""


async def enter(ledger: PaymentLedger, booked: Sequence[BalanceEntry]) -> None:
    """Copies the entries, each under the clinic of its payment."""
    payments = await ledger.store.payments.at_stripe([], [entry.intent_id for entry in booked])
    clinics = {p.card_payment_intent_id: p.clinic_id for p in payments if p.card_payment_intent_id is not None}
    await ledger.store.stripe_balance.put(booked, clinics)


async def read_on(ledger: PaymentLedger, gateway: Gateway, begin: datetime, end: datetime) -> datetime | None:
    """Copies what of that time was not read yet, and says as of when the copy is; None where there is none.

    The reconciler copies in its rounds: what is left is the time since the last one, or nothing.
    """
    position = (await ledger.store.read_positions.positions(SOURCE)).get(SOURCE)
    unread = begin if position is None else position.unread(begin, end)
    if unread is None:
        return end
    now = ledger.clock()
    try:
        await enter(ledger, await gateway.booked(unread - MAY_RUN_BEHIND, end))
    except GatewayUnavailable as error:
        log.warning("settlement-without-stripe", reason=str(error))
        return None if unread == begin else unread
    return min(now, end)
