"""What cash-register hears: cash payments and their refunds, and where clinics are."""

from datetime import UTC, datetime

from cash_register.domain.days.cash import Cash, demand_change, payment_movement_id, refund_movement_id, signed
from cash_register.replicas import ClinicReplica
from cash_register.store import Store
from cash_register.usecases.days.collect_cash import Arrival, collect_cash
from chassis.messaging.consumer import Batch, Subscription
from chassis.messaging.owners import Account, Owners
from contracts.invoicing import ClinicConfigured
from contracts.payments import Payment, PaymentReceived, PaymentRefunded, Refund
from contracts.topics import CLINICS, PAYMENTS
from contracts.values import ActorRef
from kernel.actor import Actor, system
from kernel.clock import Clock
from kernel.errors import BusinessError
from kernel.money import Money

CASH_IS_IN = ("settled", "partly_refunded", "refunded")


def payments(store: Store, clock: Clock) -> Subscription:
    """Cash of payments, whichever version of them is heard of first."""

    async def on_payments(batch: Batch[Payment]) -> None:
        known = await store.payments.accounts(batch.unit, {event.payment_id for event in batch.events})
        owners = Owners(known)
        arrivals: list[Arrival] = []
        news: dict[str, Account] = {}
        for heard in batch:
            with batch.judging(heard):
                payment, account = heard.event, (heard.event.clinic_id, heard.event.patient_id)
                owners.demand_same(payment.payment_id, account)
                if moved := cash_of(payment):
                    arrivals += [Arrival(cash, heard.traceparent) for cash in moved]
                    news[payment.payment_id] = account
        await store.payments.note(batch.unit, {id_: account for id_, account in news.items() if id_ not in known})
        await collect_cash(batch.unit, store, arrivals, clock())

    return Subscription(topic=PAYMENTS, events=(PaymentReceived, PaymentRefunded), handle=on_payments)


def clinics(store: Store) -> Subscription:
    """The time zone of each clinic: a day of the register is a day at the clinic."""

    async def on_clinics(batch: Batch[ClinicConfigured]) -> None:
        await store.clinics.keep(batch.unit, [ClinicReplica.of(heard.event) for heard in batch])

    return Subscription(topic=CLINICS, events=CLINICS.events, handle=on_clinics)


def cash_of(payment: Payment) -> list[Cash]:
    """All cash that the payment moved, as of this version.

    Raises BusinessError for an amount out of range, where no register is named, and where what was handed over less
    what was given back is not the amount.
    """
    if payment.method != "cash" or payment.status not in CASH_IS_IN:
        return []
    paid = _cash(payment.amount, payment.rounding)
    demand_change(paid, payment.tendered, payment.change)
    received = Cash(
        movement_id=payment_movement_id(payment.payment_id),
        clinic_id=payment.clinic_id,
        register_id=_register(payment.register_id, payment.payment_id),
        kind="payment",
        category="payment",
        amount=signed("payment", paid),
        rounding=payment.rounding,
        payment_id=payment.payment_id,
        receipt_number=payment.receipt_number,
        invoice_id=payment.invoice_id,
        tendered=payment.tendered,
        change=payment.change,
        at=_moment(payment.settled_at or payment.received_at),
        by=_receiver(payment),
    )
    return [received, *(_refunded(payment, refund) for refund in payment.refunds if refund.status == "settled")]


def _refunded(payment: Payment, refund: Refund) -> Cash:
    return Cash(
        movement_id=refund_movement_id(payment.payment_id, refund.refund_id),
        clinic_id=payment.clinic_id,
        register_id=_register(refund.register_id or payment.register_id, payment.payment_id),
        kind="refund",
        category="refund",
        amount=signed("refund", _cash(refund.amount, refund.rounding)),
        rounding=None if refund.rounding is None else -refund.rounding,
        payment_id=payment.payment_id,
        receipt_number=payment.receipt_number,
        invoice_id=payment.invoice_id,
        reason=refund.reason,
        at=_moment(refund.refunded_at),
        by=_actor(refund.refunded_by),
    )


def _cash(amount: Money, rounding: Money | None) -> Money:
    """What moves in coins and notes."""
    return amount if rounding is None else amount + rounding


def _receiver(payment: Payment) -> Actor:
    """Only the first version names who took the cash; later ones name who changed it since."""
    return _actor(payment.changed_by) if isinstance(payment, PaymentReceived) else system(payment.payment_id)


def _register(register_id: str | None, payment_id: str) -> str:
    if register_id is None:
        raise BusinessError("register-missing", f"cash payment {payment_id} names no register")
    return register_id


def _actor(ref: ActorRef) -> Actor:
    return Actor(ref.actor_id, ref.name, ref.role)


def _moment(moment: datetime) -> datetime:
    """In UTC and to the millisecond: what the store keeps, so that what is published now is what is read later."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
