"""A card payment is canceled: that it is to be is recorded, then Stripe is asked, then its answer is recorded.

A card that was faster wins: then the payment is settled. While a bank is being asked Stripe cancels nothing, and the
wish stays until the bank has answered.
"""

from chassis.failpoints import crossing
from chassis.messaging.outbox import Unit
from kernel.change import Change
from payments.domain.cards.cancellation import is_canceling, request_cancel
from payments.domain.intake.payment import CancelCode, Failure, Payment
from payments.usecases.cards import charge_card
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway, Opened


async def intend(unit: Unit, ledger: PaymentLedger, payment_id: str, code: CancelCode, change: Change) -> str:
    """Records that it is to be canceled. Raises IllegalTransition for a payment that is decided."""
    payment = await ledger.store.payments.payment(payment_id, unit)
    await ledger.proceed(unit, payment, request_cancel(payment, code, change))
    return payment_id


async def ask_stripe(ledger: PaymentLedger, gateway: Gateway, payment_id: str) -> Opened | Failure | None:
    """What became of it; None when there is nothing to cancel. Raises GatewayUnavailable."""
    if not is_canceling(await ledger.store.payments.payment(payment_id)):
        return None
    crossing("cancels-after-intent")
    refused = await _known(ledger, gateway, payment_id)
    if refused is not None:
        return refused
    await gateway.cancel(await ledger.store.payments.payment(payment_id))
    answer = await charge_card.ask_stripe(ledger, gateway, payment_id)
    crossing("cancels-after-stripe")
    return answer


async def record(unit: Unit, ledger: PaymentLedger, payment_id: str, answer: Opened | Failure | None) -> Payment:
    """Enters Stripe's answer; one that was entered already changes nothing."""
    if answer is None:
        return await ledger.store.payments.payment(payment_id, unit)
    return await charge_card.record(unit, ledger, payment_id, answer)


async def _known(ledger: PaymentLedger, gateway: Gateway, payment_id: str) -> Failure | None:
    """Stripe may have made what our ledger does not know yet: that is found, or made, before it is canceled."""
    if (await ledger.store.payments.payment(payment_id)).at_stripe:
        return None
    made = await charge_card.ask_stripe(ledger, gateway, payment_id)
    await ledger.transact(lambda unit: charge_card.record(unit, ledger, payment_id, made))
    return made if isinstance(made, Failure) else None
