"""A card payment that takes the place of others is asked of Stripe once none of these can be paid any more.

One of them that was faster, or whose bank is being asked, wins: then this one is canceled before anybody can pay it.
"""

from chassis.messaging.outbox import Unit
from payments.domain.cards.cancellation import is_canceling
from payments.domain.cards.rivals import admit
from payments.domain.cards.stripe_snapshot import STRIPE
from payments.domain.intake.payment import Failure, Payment
from payments.usecases.cards import cancel_card, charge_card
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway, Opened


async def ask_stripe(ledger: PaymentLedger, gateway: Gateway, payment_id: str) -> Opened | Failure:
    """As `charge_card.ask_stripe`, which it does last. Raises GatewayUnavailable."""
    payment = await ledger.store.payments.payment(payment_id)
    if payment.beside and not payment.at_stripe and payment.status == "pending":
        for rival_id in payment.beside:
            await _end(ledger, gateway, rival_id)
        await ledger.transact(lambda unit: _admit(unit, ledger, payment_id))
    return await charge_card.ask_stripe(ledger, gateway, payment_id)


async def _end(ledger: PaymentLedger, gateway: Gateway, payment_id: str) -> None:
    if is_canceling(await ledger.store.payments.payment(payment_id)):
        became = await cancel_card.ask_stripe(ledger, gateway, payment_id)
        await ledger.transact(lambda unit: cancel_card.record(unit, ledger, payment_id, became))


async def _admit(unit: Unit, ledger: PaymentLedger, payment_id: str) -> Payment:
    payment = await ledger.store.payments.payment(payment_id, unit)
    if payment.invoice_id is None:
        return payment
    invoice = await ledger.store.replicas.claim_invoice(unit, payment.invoice_id)
    others = await ledger.store.payments.of_invoices(unit, payment.invoice_id)
    return await ledger.proceed(unit, payment, admit(payment, invoice, others, ledger.change(STRIPE)))
