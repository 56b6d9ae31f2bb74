"""Money goes back: cash and transfers at once, to a card by Stripe, with the same three steps as a charge."""

from chassis.failpoints import crossing
from chassis.messaging.outbox import Unit
from kernel.ids import new_id
from payments.domain.cards.stripe_snapshot import SeenRefund, answer_refund, observe_refund
from payments.domain.intake.lifecycle import Cause
from payments.domain.intake.open_items import check_register
from payments.domain.intake.payment import Failure, Payment, Refund
from payments.domain.intake.refunds import DecideRefund, RefundPayment, approve, entry_of, refund, reject
from payments.usecases.bank.give_back import look_for
from payments.usecases.cards.charge_card import KEYS_KEPT_FOR, STRIPE
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway


async def intend(unit: Unit, ledger: PaymentLedger, command: RefundPayment) -> str:
    """Records the refund and returns its id; all but a card's are done with that. Raises BusinessError."""
    payment = await ledger.store.payment(command.payment_id, unit)
    limits = (await ledger.store.settings.of(payment.clinic_id, unit)).refund_limits
    refund_id = new_id("ref")
    change = refund(payment, command, refund_id, ledger.clock(), limits)
    await _check_drawer(unit, ledger, change.payment, refund_id)
    await look_for(unit, ledger, await ledger.proceed(unit, payment, change, Cause(command.reason)), refund_id)
    return refund_id


async def decide(unit: Unit, ledger: PaymentLedger, command: DecideRefund, *, approved: bool) -> str:
    """Records what a second person decided, and returns the refund's id. Raises BusinessError."""
    payment = await ledger.store.payment(command.payment_id, unit)
    change = (approve if approved else reject)(payment, command, ledger.clock())
    if approved:
        await _check_drawer(unit, ledger, change.payment, command.refund_id)
    await look_for(unit, ledger, await ledger.proceed(unit, payment, change, Cause(command.reason)), command.refund_id)
    return command.refund_id


async def _check_drawer(unit: Unit, ledger: PaymentLedger, payment: Payment, refund_id: str) -> None:
    """Cash comes out of an open drawer, when it goes back."""
    entry = entry_of(payment, refund_id)
    if entry.register_id is not None and entry.status == "settled":
        day = await ledger.store.open_day(unit, payment.clinic_id, entry.register_id)
        check_register(day, entry.register_id, entry.amount)


async def ask_stripe(
    ledger: PaymentLedger, gateway: Gateway, payment_id: str, refund_id: str
) -> SeenRefund | Failure | None:
    """The card's refund, or why there is none; None when nothing is to be asked. Raises GatewayUnavailable."""
    payment = await ledger.store.payment(payment_id)
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
    payment = await ledger.store.payment(payment_id, unit)
    match answer:
        case None:
            return payment
        case Failure():
            change = answer_refund(payment, refund_id, answer, ledger.clock(), STRIPE)
        case SeenRefund():
            change = observe_refund(payment, answer, ledger.clock(), STRIPE)
    return await ledger.proceed(unit, payment, change)
