"""A card payment: the intent is recorded, then Stripe is asked, then its answer is recorded.

A crash anywhere in between leaves an intent that is gone on with, by the same request sent again or by `follow_card`:
Stripe gets the same idempotency key and has done it once. It forgets keys after 24 hours: later it is searched first.
"""

from dataclasses import replace
from datetime import timedelta

import structlog

from chassis.failpoints import crossing
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.ids import new_id
from payments.domain.cards.steps import demand_chargeable
from payments.domain.cards.stripe_snapshot import STRIPE, StripeSnapshot, brings_money, declined, is_of, observe, refuse
from payments.domain.cards_on_file.card_on_file import charged_once
from payments.domain.intake.intake import ChargeCard, intend_card
from payments.domain.intake.payment import Failure, Payment
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.intake.take_payment import check
from payments.usecases.ports import Gateway, GatewayUnavailable, Opened

log = structlog.get_logger(__name__)
KEYS_KEPT_FOR = timedelta(hours=23)


async def intend(unit: Unit, ledger: PaymentLedger, command: ChargeCard, change: Change) -> str:
    """Records what is to be charged and returns the payment's id. Raises BusinessError."""
    demand_chargeable(command.amount)
    invoice = await check(unit, ledger, command)
    if command.checkout is not None and invoice is not None and invoice.number is not None:
        command = replace(command, checkout=replace(command.checkout, title=invoice.number))
    if command.chosen_card is not None:
        card = await ledger.store.cards.known_card(command.chosen_card.card_id, unit)
        on_file = charged_once(card, command.clinic_id, command.patient_id, command.chosen_card.agreed)
        command = replace(command, on_file=on_file)
    payment = await ledger.begin(unit, intend_card(command, new_id("pay"), change))
    return payment.payment_id


async def ask_stripe(ledger: PaymentLedger, gateway: Gateway, payment_id: str) -> Opened | Failure:
    """The payment's one PaymentIntent or Checkout page, or why there is none. Raises GatewayUnavailable."""
    payment = await ledger.store.payments.payment(payment_id)
    if payment.at_stripe:
        return await _known(gateway, payment)
    if payment.failure is not None:
        return payment.failure
    crossing("payments-after-intent")
    answer = await _made(ledger, gateway, payment)
    crossing("payments-after-stripe")
    return answer


async def _known(gateway: Gateway, payment: Payment) -> Opened:
    session_id = None if payment.checkout is None else payment.checkout.session_id
    if session_id is not None:
        known = await gateway.look_at_page(session_id)
    elif payment.card_payment_intent_id is not None:
        known = await gateway.look(payment.card_payment_intent_id)
    if known is None:
        raise GatewayUnavailable(f"Stripe has lost {session_id or payment.card_payment_intent_id}")
    return known


async def _made(ledger: PaymentLedger, gateway: Gateway, payment: Payment) -> Opened | Failure:
    if ledger.clock() - payment.received_at > KEYS_KEPT_FOR:
        found = await gateway.find(payment.payment_id)
        if found is not None:
            return found
        if payment.checkout is not None:
            # Nobody ever got its link, and by now the page has come to its end.
            return declined("expired")
    return await gateway.open(payment)


async def record(unit: Unit, ledger: PaymentLedger, payment_id: str, answer: Opened | Failure) -> Payment:
    """Enters Stripe's answer; one that was entered already changes nothing."""
    if isinstance(answer, Opened):
        return await learn(unit, ledger, payment_id, answer.snapshot)
    payment = await ledger.store.payments.payment(payment_id, unit)
    return await ledger.proceed(unit, payment, refuse(payment, answer, ledger.change(STRIPE)))


async def learn(
    unit: Unit, ledger: PaymentLedger, payment_id: str, snapshot: StripeSnapshot, source_id: str | None = None
) -> Payment:
    """Enters what Stripe says of a payment now. Raises NotFound for a payment that is not ours."""
    payment = await ledger.store.payments.payment(payment_id, unit)
    if not is_of(payment, snapshot):
        log.error("second-payment-intent", payment_id=payment_id, intent_id=snapshot.intent_id)
    receipt_number = None
    if brings_money(payment, snapshot):
        [receipt_number] = await ledger.store.receipts.draw(unit, payment.clinic_id)
    outcome = observe(payment, snapshot, receipt_number, ledger.change(STRIPE))
    return await ledger.proceed(unit, payment, outcome, source_id)
