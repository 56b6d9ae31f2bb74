"""Asks Stripe about card payments whose news did not come: what a crash left behind, and webhooks that were missed."""

import structlog

from kernel.actor import system
from kernel.errors import BusinessError
from payments.domain.cards.cancellation import has_expired, is_canceling
from payments.usecases.cards import cancel_card, charge_card, start_card
from payments.usecases.intake import refund_payment
from payments.usecases.intake.ledger import ASK_FOR, PaymentLedger
from payments.usecases.ports import Gateway, GatewayUnavailable

log = structlog.get_logger(__name__)
PAGE = 20
PAYMENTS = system("payments")


async def follow_up(ledger: PaymentLedger, gateway: Gateway) -> bool:
    """Works off some of the payments that are due; False when none was. Raises GatewayUnavailable."""
    now = ledger.clock()
    watches = ledger.store.watches
    due = await watches.due(now, PAGE)
    for watch in due:
        if now - watch.since > ASK_FOR:
            await watches.give_up(watch)
            continue
        await watches.put_off(watch, ledger.ask_again_at(watch.since))
        await _catch_up(ledger, gateway, watch.payment_id)
    return bool(due)


async def _catch_up(ledger: PaymentLedger, gateway: Gateway, payment_id: str) -> None:
    """What is wrong with one payment does not keep the others."""
    try:
        await catch_up(ledger, gateway, payment_id)
    except GatewayUnavailable:
        raise
    except BusinessError as error:
        log.warning("card-payment-not-followed", payment_id=payment_id, code=error.code)
    except Exception:
        log.exception("card-payment-not-followed", payment_id=payment_id)


async def catch_up(ledger: PaymentLedger, gateway: Gateway, payment_id: str) -> None:
    """Goes on with what is not done, and enters what Stripe says."""
    payment = await ledger.store.payments.payment(payment_id)
    if has_expired(payment, ledger.clock(), ledger.card_expires_after):
        await ledger.transact(
            lambda unit: cancel_card.intend(unit, ledger, payment_id, "expired", ledger.change(PAYMENTS))
        )
    for entry in payment.refunds:
        if refund_payment.unsent(entry):
            refund_id = entry.refund_id
            sent = await refund_payment.ask_stripe(ledger, gateway, payment_id, refund_id)
            await ledger.transact(lambda unit: refund_payment.record(unit, ledger, payment_id, refund_id, sent))  # noqa: B023
    if is_canceling(await ledger.store.payments.payment(payment_id)):
        became = await cancel_card.ask_stripe(ledger, gateway, payment_id)
        await ledger.transact(lambda unit: cancel_card.record(unit, ledger, payment_id, became))
        return
    answer = await start_card.ask_stripe(ledger, gateway, payment_id)
    await ledger.transact(lambda unit: charge_card.record(unit, ledger, payment_id, answer))
