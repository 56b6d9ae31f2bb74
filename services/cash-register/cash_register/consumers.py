"""What cash-register hears: cash payments and their refunds, what invoices they are for, and where clinics are."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from cash_register.domain.days.cash import Cash, demand_change, payment_movement_id, refund_movement_id, signed
from cash_register.domain.exports.closings import Business
from cash_register.domain.exports.heard import BusinessSince, CashAllocation
from cash_register.domain.exports.vat import Taxed
from cash_register.domain.registers.takings import TakenBy, Taking
from cash_register.replicas import ClinicReplica
from cash_register.store import Store
from cash_register.usecases.days.collect_cash import Arrival, collect_cash
from cash_register.usecases.registers.collect_takings import collect_takings
from chassis.messaging.consumer import Batch, Subscription
from chassis.messaging.owners import Account, Owners
from contracts.invoicing import ClinicConfigured, Invoice
from contracts.payments import Payment, PaymentReceived, PaymentRefunded, Refund
from contracts.topics import CLINICS, INVOICES, PAYMENTS
from contracts.values import ActorRef
from kernel.actor import Actor, system
from kernel.clock import Clock
from kernel.errors import BusinessError
from kernel.money import Money

AT_THE_DESK: Mapping[str, TakenBy] = {"card_terminal": "card_terminal", "cheque": "cheque"}
"""Ways to pay beside cash that somebody at the desk takes."""
INVOICE_EVENTS = tuple(event for event in INVOICES.events if issubclass(event, Invoice))
VAT_ID = re.compile("[A-Z]{2}[0-9A-Z]{2,13}")
"""As against a tax number, which has no letters in front."""
CASH_IS_IN = ("settled", "partly_refunded", "refunded")


def payments(store: Store, clock: Clock) -> Subscription:
    """Cash of payments, and what the desk took otherwise, whichever version of them is heard of first."""

    async def on_payments(batch: Batch[Payment]) -> None:
        known = await store.payments.accounts(batch.unit.session, {event.payment_id for event in batch.events})
        owners = Owners(known)
        arrivals: list[Arrival] = []
        takings: list[Taking] = []
        news: dict[str, Account] = {}
        for heard in batch:
            with batch.judging(heard):
                payment, account = heard.event, (heard.event.clinic_id, heard.event.patient_id)
                owners.demand_same(payment.payment_id, account)
                moved, taken = cash_of(payment), takings_of(payment)
                if moved or taken:
                    arrivals += [Arrival(cash, heard.traceparent) for cash in moved]
                    takings += taken
                    news[payment.payment_id] = account
        await store.payments.note(batch.unit, {id_: account for id_, account in news.items() if id_ not in known})
        await collect_cash(batch.unit, store, arrivals, clock())
        await collect_takings(batch.unit, store, takings, clock())

    return Subscription(topic=PAYMENTS, events=(PaymentReceived, PaymentRefunded), handle=on_payments)


def clinics(store: Store) -> Subscription:
    """The time zone of each clinic: a day of the register is a day at the clinic."""

    async def on_clinics(batch: Batch[ClinicConfigured]) -> None:
        await store.clinics.keep(batch.unit, [ClinicReplica.of(heard.event) for heard in batch])

    return Subscription(topic=CLINICS, events=CLINICS.events, handle=on_clinics)


def invoices(store: Store, clock: Clock) -> Subscription:
    """What the cash was paid for: which VAT is in it is told by the invoices."""

    async def on_invoices(batch: Batch[Invoice]) -> None:
        final = [heard.event for heard in batch if heard.event.number is not None]
        allocations = [one for invoice in final for one in allocations_of(invoice)]
        await store.allocations.keep(batch.unit, allocations, clock())
        await store.businesses.keep(batch.unit, [one for invoice in final for one in business_of(invoice)])

    return Subscription(topic=INVOICES, events=INVOICE_EVENTS, handle=on_invoices)


def cash_of(payment: Payment) -> list[Cash]:
    """All cash that the payment moved, as of this version.

    Raises BusinessError for an amount out of range or in another currency than the payment, where no register is named,
    and where what was handed over less what was given back is not the amount.
    """
    if payment.method != "cash" or payment.status not in CASH_IS_IN:
        return []
    _demand_one_currency(payment)
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


def takings_of(payment: Payment) -> list[Taking]:
    """All that was paid at the desk beside cash, and given back, as of this version. Raises BusinessError as `cash_of`.

    Its register is empty where the payment names none.
    """
    method = AT_THE_DESK.get(payment.method)
    if method is None or payment.status not in CASH_IS_IN:
        return []
    _demand_one_currency(payment)
    received = Taking(
        taking_id=payment_movement_id(payment.payment_id),
        clinic_id=payment.clinic_id,
        register_id=payment.register_id or "",
        kind="payment",
        method=method,
        amount=signed("payment", payment.amount),
        payment_id=payment.payment_id,
        receipt_number=payment.receipt_number,
        at=_moment(payment.settled_at or payment.received_at),
        by=_receiver(payment) if payment.taken_by is None else _actor(payment.taken_by),
    )
    back = [refund for refund in payment.refunds if refund.status == "settled"]
    return [received, *(_given_back(received, refund) for refund in back)]


def allocations_of(invoice: Invoice) -> list[CashAllocation]:
    """What of payments at a register counts towards it, as of this version."""
    taxed = tuple(
        Taxed(part.category, part.rate, part.base.amount_minor, part.tax.amount_minor) for part in invoice.tax
    )
    return [
        CashAllocation(
            payment_id=allocation.payment_id,
            invoice_id=invoice.invoice_id,
            invoice_version=invoice.version,
            at=_moment(invoice.changed_at),
            clinic_id=invoice.clinic_id,
            invoice_number=invoice.number or "",
            amount_minor=allocation.amount.amount_minor,
            taxed=taxed,
        )
        for allocation in invoice.allocations
        if allocation.method == "cash" or allocation.method in AT_THE_DESK
    ]


def business_of(invoice: Invoice) -> list[BusinessSince]:
    """The clinic, as the invoice has it; none of one that is no more than a draft."""
    seller = invoice.seller
    if seller is None or invoice.finalized_at is None:
        return []
    number = seller.tax_id or ""
    is_vat_id = VAT_ID.fullmatch(number) is not None
    business = Business(
        name=seller.name,
        street=", ".join(seller.address.lines),
        postal_code=seller.address.postal_code or "",
        city=seller.address.city or "",
        country=seller.address.country or "",
        tax_number="" if is_vat_id else number,
        vat_id=number if is_vat_id else "",
    )
    return [BusinessSince(clinic_id=invoice.clinic_id, since=_moment(invoice.finalized_at), business=business)]


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
        receipt_number=refund.receipt_number or payment.receipt_number,
        invoice_id=payment.invoice_id,
        reason=refund.reason,
        at=_moment(refund.refunded_at),
        by=_actor(refund.refunded_by),
    )


def _given_back(received: Taking, refund: Refund) -> Taking:
    return replace(
        received,
        taking_id=refund_movement_id(received.payment_id, refund.refund_id),
        kind="refund",
        amount=signed("refund", refund.amount),
        receipt_number=refund.receipt_number or received.receipt_number,
        reason=refund.reason,
        at=_moment(refund.refunded_at),
        by=_actor(refund.refunded_by),
    )


def _demand_one_currency(payment: Payment) -> None:
    """What is handed over, given back and rounded is in the currency of what is paid."""
    beside = [payment.tendered, payment.change, payment.rounding]
    beside += [amount for refund in payment.refunds for amount in (refund.amount, refund.rounding)]
    if {amount.currency for amount in beside if amount is not None} - {payment.amount.currency}:
        message = f"payment {payment.payment_id} is in {payment.amount.currency}, and not all of its amounts are"
        raise BusinessError("currency-differs", message)


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
