"""Payouts of Stripe, each checked against the payments that it is made of; what does not agree raises an alarm."""

import structlog

from chassis.messaging.outbox import Unit
from chassis.telemetry.metrics import PAYOUTS
from kernel.errors import BusinessError
from payments.domain.bank.matching.rules import RULES
from payments.domain.bank.payout_transfers import GONE, sum_key
from payments.domain.intake.payment import Payment
from payments.domain.payouts.payout import Payout, PayoutMovement, SeenPayout, check
from payments.usecases.bank.enter_transactions import look_at_queue_again
from payments.usecases.cards import follow_card_payments
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway

log = structlog.get_logger(__name__)
MOST_LOOKS = 50
"""Of a payout that does not agree, so many payments are looked at again before the alarm."""


async def enter(ledger: PaymentLedger, gateway: Gateway, payout_id: str) -> None:
    """Records the payout as it is now. Raises GatewayUnavailable."""
    seen = await gateway.payout(payout_id)
    if seen is None:
        return
    payout, movements = check(seen, await _payments(ledger, seen), ledger.clock())
    if payout.differences:
        await _catch_up(ledger, gateway, payout)
        payout, movements = check(seen, await _payments(ledger, seen), ledger.clock())
    if not _is_ours(payout):
        return
    before = await ledger.transact(lambda unit: _put(unit, ledger, payout, movements))
    if payout.differences and (before is None or before.differences != payout.differences):
        log.error("payout-differs", payout_id=payout_id, codes=sorted({d.code for d in payout.differences}))


async def recheck(ledger: PaymentLedger, gateway: Gateway) -> None:
    """Looks again at what is on its way, or does not agree, and counts what is left. Raises GatewayUnavailable."""
    for payout_id in await ledger.store.payouts.unfinished():
        await enter(ledger, gateway, payout_id)
    for state, count in (await ledger.store.payouts.count()).items():
        PAYOUTS.labels(state).set(count)


async def _put(
    unit: Unit, ledger: PaymentLedger, payout: Payout, movements: tuple[PayoutMovement, ...]
) -> Payout | None:
    before = await ledger.store.payouts.payout(payout.payout_id, unit)
    await ledger.store.payouts.put(unit, payout, movements)
    if before is None or _on_the_bank(before) != _on_the_bank(payout):
        # The bank may have booked it before it was known here, and the transfer waits for a person.
        await ledger.store.bank.transactions.claim_queues(unit, payout.clinic_ids)
        clues = [(clinic_id, [sum_key(payout.amount)]) for clinic_id in payout.clinic_ids]
        reason = f"Stripe's payout {payout.payout_id} became known"
        await look_at_queue_again(unit, ledger.store, clues, ledger.change(RULES, reason))
    return before


def _on_the_bank(payout: Payout) -> tuple[object, ...]:
    """What a transfer is held against."""
    return (payout.amount, payout.arrives_on, payout.status in GONE, tuple(payout.clinic_ids))


async def _payments(ledger: PaymentLedger, seen: SeenPayout) -> dict[str, Payment]:
    intent_ids = [movement.intent_id for movement in seen.movements if movement.intent_id is not None]
    found = await ledger.store.payments.at_stripe([], intent_ids)
    return {payment.card_payment_intent_id: payment for payment in found if payment.card_payment_intent_id is not None}


async def _catch_up(ledger: PaymentLedger, gateway: Gateway, payout: Payout) -> None:
    """News of a payment may still be under way, such as a refund that somebody made in Stripe."""
    named = (d.payment_id for d in payout.differences if d.clinic_id is not None)
    for payment_id in list(dict.fromkeys(payment_id for payment_id in named if payment_id is not None))[:MOST_LOOKS]:
        try:
            await follow_card_payments.catch_up(ledger, gateway, payment_id)
        except BusinessError as error:
            log.warning("payment-not-caught-up", payment_id=payment_id, code=error.code)


def _is_ours(payout: Payout) -> bool:
    """Another system on the same account has payouts that are none of our business."""
    named = any(d.payment_id is not None or d.code == "not-itemized" for d in payout.differences)
    return bool(payout.clinic_ids) or named or payout.state == "unchecked"
