"""Money goes back: cash and transfers at once, to a card by Stripe, with the same three steps as a charge."""

from dataclasses import replace
from typing import assert_never

from chassis.failpoints import crossing
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.ids import new_id
from payments.domain.cards.stripe_snapshot import STRIPE, SeenRefund, answer_refund, observe_refund
from payments.domain.intake.open_items import check_register
from payments.domain.intake.payment import Failure, Payment, Refund
from payments.domain.intake.refunds import DecideRefund, RefundPayment, approve, entry_of, refund, reject
from payments.usecases.bank.give_back import look_for
from payments.usecases.cards.charge_card import KEYS_KEPT_FOR
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway


async def intend(unit: Unit, ledger: PaymentLedger, command: RefundPayment, change: Change) -> str:
    """Records the refund and returns its id; all but a card's are done with that. Raises BusinessError."""
    payment = await ledger.store.payments.payment(command.payment_id, unit)
    policy = await ledger.store.payment_policy.of(payment.clinic_id, unit)
    refund_id = new_id("ref")
    command = replace(command, rounds_euro=policy.round_euro_cash)
    outcome = refund(payment, command, refund_id, change, policy.refund_limits)
    await _check_drawer(unit, ledger, outcome.state, refund_id)
    await look_for(unit, ledger, await ledger.proceed(unit, payment, outcome), refund_id)
    return refund_id


async def decide(unit: Unit, ledger: PaymentLedger, command: DecideRefund, change: Change, *, approved: bool) -> str:
    """Records what a second person decided, and returns the refund's id. Raises BusinessError."""
    payment = await ledger.store.payments.payment(command.payment_id, unit)
    outcome = (approve if approved else reject)(payment, command, change)
    if approved:
        await _check_drawer(unit, ledger, outcome.state, command.refund_id)
    await look_for(unit, ledger, await ledger.proceed(unit, payment, outcome), command.refund_id)
    return command.refund_id


async def _check_drawer(unit: Unit, ledger: PaymentLedger, payment: Payment, refund_id: str) -> None:
    """Cash comes out of an open drawer, when it goes back."""
    entry = entry_of(payment, refund_id)
    if entry.register_id is not None and entry.status == "settled":
        day = await ledger.store.replicas.open_day(unit, payment.clinic_id, entry.register_id)
        check_register(day, entry.register_id, entry.amount)


async def ask_stripe(
    ledger: PaymentLedger, gateway: Gateway, payment_id: str, refund_id: str
) -> SeenRefund | Failure | None:
    """The card's refund, or why there is none; None when nothing is to be asked. Raises GatewayUnavailable."""
    payment = await ledger.store.payments.payment(payment_id)
    entry = entry_of(payment, refund_id)
    if not unsent(entry):
        return None
    crossing("refunds-after-intent")
    answer = await _refund_of(ledger, gateway, payment, entry)
    crossing("refunds-after-stripe")
    return answer


def unsent(entry: Refund) -> bool:
    """Whether Stripe is yet to answer."""
    return entry.status == "pending" and entry.gateway_id is None


async def _refund_of(ledger: PaymentLedger, gateway: Gateway, payment: Payment, entry: Refund) -> SeenRefund | Failure:
    if ledger.clock() - entry.refunded_at > KEYS_KEPT_FOR and payment.card_payment_intent_id is not None:
        known = await gateway.look(payment.card_payment_intent_id)
        for seen in () if known is None else known.snapshot.refunds:
            if seen.refund_id == entry.refund_id:
                return seen
    return await gateway.refund(payment, entry)


async def record(
    unit: Unit, ledger: PaymentLedger, payment_id: str, refund_id: str, answer: SeenRefund | Failure | None
) -> Payment:
    """Enters Stripe's answer; one that was entered already changes nothing."""
    payment = await ledger.store.payments.payment(payment_id, unit)
    match answer:
        case None:
            return payment
        case Failure():
            outcome = answer_refund(payment, refund_id, answer, ledger.change(STRIPE))
        case SeenRefund():
            outcome = observe_refund(payment, answer, ledger.change(STRIPE))
        case _:
            assert_never(answer)
    return await ledger.proceed(unit, payment, outcome)
