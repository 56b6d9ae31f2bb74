"""What this service knows of other services' things, and what these allow."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never

from kernel.errors import BusinessError, Conflict
from kernel.money import Money, written
from payments.domain.intake.intake import TakeMoney
from payments.domain.intake.payment import Payer, Payment

InvoiceStatus = Literal["draft", "finalized", "paid", "no_charge", "credited", "written_off", "archived", "void"]
RegisterDayStatus = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Of an invoice: what is open by invoicing's books."""

    due: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """What invoicing has counted of one payment."""

    payment_id: str
    amount: Money
    part: Payer = "patient"
    payer_id: str | None = None


@dataclass(frozen=True, slots=True)
class PayerShare:
    """What one payer owes of an invoice still, by invoicing's books."""

    part: Payer
    payer_id: str | None
    open: Money


@dataclass(frozen=True, slots=True)
class InsuranceSplit:
    """What the insurer and the patient have to pay of an invoice."""

    insurer_part: Money
    patient_part: Money


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of what is due, and when; None for an invoice that nobody gave a day."""

    number: int
    due_on: date | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Invoice:
    """The copy of an invoice."""

    invoice_id: str
    clinic_id: str
    patient_id: str
    status: InvoiceStatus
    currency: str
    totals: Totals
    allocations: tuple[Allocation, ...]
    insurance: InsuranceSplit | None = None
    number: str | None = None
    number_key: str | None = None
    patient_key: str | None = None
    payment_reference: str | None = None
    finalized_at: datetime | None = None
    instalments: tuple[Instalment, ...] = ()
    due_on: date | None = None
    payers: tuple[PayerShare, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterDay:
    """The copy of a cash register's day."""

    day_id: str
    clinic_id: str
    register_id: str
    status: RegisterDayStatus
    currency: str


def due(invoice: Invoice, payments: Iterable[Payment], part: Payer = "patient", payer_id: str | None = None) -> Money:
    """What this payer still has to pay: invoicing's figure, less what our payments changed and it has not counted yet.

    Of an invoice that is split, that is their own part: of both insurers where `payer_id` says not which. A payment
    that counts for less than it brought left the rest as credit on the account; that is no news.
    """
    own = [payment for payment in payments if _is_from(invoice, payment, part, payer_id)]
    return Money(_open_by_invoicing(invoice, part, payer_id) - _news(invoice, own), invoice.currency)


def _news(invoice: Invoice, payments: Iterable[Payment]) -> int:
    """What our payments lower what is open by, besides what invoicing counted of them."""
    counted = {allocation.payment_id: allocation.amount for allocation in invoice.allocations}
    lowered = 0
    for payment in payments:
        settled = payment.settled.amount_minor
        known = counted.get(payment.payment_id)
        lowered += settled if known is None else min(0, settled - known.amount_minor)
    return lowered


def _is_from(invoice: Invoice, payment: Payment, part: Payer, payer_id: str | None) -> bool:
    """Who pays for an invoice without insurers pays the whole of it."""
    return invoice.insurance is None or (payment.part == part and _is_meant(payment.payer_id, payer_id))


def _is_meant(known: str | None, payer_id: str | None) -> bool:
    return known is None or payer_id in (None, known)


def _open_by_invoicing(invoice: Invoice, part: Payer, payer_id: str | None) -> int:
    split = invoice.insurance
    if split is None:
        return invoice.totals.due.amount_minor
    if invoice.payers:
        own = [share for share in invoice.payers if share.part == part and _is_meant(share.payer_id, payer_id)]
        return sum(share.open.amount_minor for share in own)
    whole = split.insurer_part if part == "insurer" else split.patient_part
    paid = sum(a.amount.amount_minor for a in invoice.allocations if a.part == part)
    return min(whole.amount_minor - paid, invoice.totals.due.amount_minor)


def open_now(
    invoice: Invoice, payments: Collection[Payment], part: Payer = "patient", payer_id: str | None = None
) -> Money:
    """What is due, less what the banks of cards are being asked for now."""
    asked = sum(
        payment.amount.amount_minor
        for payment in payments
        if payment.being_charged and payment.currency == invoice.currency and _is_from(invoice, payment, part, payer_id)
    )
    return Money(due(invoice, payments, part, payer_id).amount_minor - asked, invoice.currency)


def all_due(
    invoice: Invoice, payments: Collection[Payment], part: Payer = "patient", payer_id: str | None = None
) -> Money:
    """All that this payer may pay now. Raises Conflict where that is nothing."""
    open_ = open_now(invoice, payments, part, payer_id)
    if open_.amount_minor <= 0:
        raise Conflict("nothing-due", _told(invoice, payments, part, payer_id), field="/amount")
    return open_


def parts_left(invoice: Invoice, payments: Collection[Payment]) -> tuple[Instalment, ...]:
    """What is left of the patient's plan, the earliest part first; without a plan what they owe is one part.

    As invoicing does it, what is settled, in whatever way, is taken off the earliest parts, and what was paid before
    the plan and is open again is due with the earliest.
    """
    open_ = max(0, due(invoice, payments).amount_minor)
    whole = Instalment(1, invoice.due_on, Money(open_, invoice.currency))
    plan = sorted(invoice.instalments or (whole,), key=lambda part: (part.due_on or date.max, part.number))
    settled = sum(part.amount.amount_minor for part in plan) - open_
    left: list[Instalment] = []
    for part in plan:
        taken = min(part.amount.amount_minor, settled)
        settled -= taken
        if taken < part.amount.amount_minor:
            left.append(replace(part, amount=Money(part.amount.amount_minor - taken, invoice.currency)))
    return tuple(left)


def next_instalment(
    invoice: Invoice, payments: Collection[Payment], part: Payer = "patient", payer_id: str | None = None
) -> Instalment:
    """The earliest part of the patient's plan with something left; an insurer owes all of theirs. Raises Conflict."""
    own = due(invoice, payments, part, payer_id)
    if own.amount_minor <= 0:
        raise Conflict("nothing-due", _told(invoice, payments, part, payer_id), field="/next_instalment")
    if part != "patient" and invoice.insurance is not None:
        return Instalment(1, invoice.due_on, own)
    return parts_left(invoice, payments)[0]


def demand_open(invoice: Invoice | None, invoice_id: str, clinic_id: str, patient_id: str) -> Invoice:
    """The patient's invoice, if it takes money. Raises BusinessError with the reason why it does not."""
    if invoice is None or invoice.clinic_id != clinic_id:
        raise BusinessError("invoice-unknown", f"invoice {invoice_id} is not known here", field="/invoice_id")
    if invoice.patient_id != patient_id:
        raise BusinessError("invoice-of-another-patient", "the invoice is another patient's", field="/patient_id")
    _check_state(invoice)
    return invoice


def check_payable(command: TakeMoney, known: Invoice | None, payments: Collection[Payment]) -> None:
    """Raises BusinessError with the reason why this money cannot go to this invoice.

    What moved already, to the bank or on a terminal, is taken also while a card's bank is being asked.
    """
    invoice = demand_open(known, command.invoice_id or "", command.clinic_id, command.patient_id)
    if invoice.currency != command.amount.currency:
        raise BusinessError("currency-differs", f"the invoice is in {invoice.currency}", field="/amount")
    _check_payer(command, invoice)
    open_ = (due if command.has_moved else open_now)(invoice, payments, command.part, command.payer_id)
    if command.amount.amount_minor > open_.amount_minor and not command.allow_credit:
        raise BusinessError("more-than-due", _told(invoice, payments, command.part, command.payer_id), field="/amount")


def _told(invoice: Invoice, payments: Collection[Payment], part: Payer, payer_id: str | None) -> str:
    """How much is open, of whose part, and how much of it is on its way."""
    due_, now = due(invoice, payments, part, payer_id), open_now(invoice, payments, part, payer_id)
    whose = "" if invoice.insurance is None else f" of the {part}'s part"
    text = f"{written(_at_least_zero(due_))} of invoice {invoice.invoice_id} is open{whose}"
    if now == due_:
        return text
    return f"{text}, and the card's bank is being asked for {written(due_ - now)} of it"


def _at_least_zero(amount: Money) -> Money:
    return Money(max(0, amount.amount_minor), amount.currency)


def _check_payer(command: TakeMoney, invoice: Invoice) -> None:
    """An insurer is one who has a part of the invoice; the only one needs no name."""
    insurers = {share.payer_id for share in invoice.payers if share.part == "insurer"}
    meant = {payer_id for payer_id in insurers if command.payer_id in (None, payer_id)}
    if command.part == "insurer" and insurers and len(meant) != 1:
        raise BusinessError("payer-unknown", "name an insurer who has a part of the invoice", field="/payer_id")


def _check_state(invoice: Invoice) -> None:
    match invoice.status:
        case "finalized":
            return
        case "draft":
            raise Conflict("invoice-not-finalized", f"invoice {invoice.invoice_id} is a draft", field="/invoice_id")
        case "void":
            raise Conflict("invoice-void", f"invoice {invoice.invoice_id} is void", field="/invoice_id")
        case "credited" | "written_off" | "no_charge":
            state = invoice.status.replace("_", " ")
            raise Conflict("invoice-closed", f"invoice {invoice.invoice_id} is {state}", field="/invoice_id")
        case "paid" | "archived":
            raise Conflict("invoice-paid", f"invoice {invoice.invoice_id} is {invoice.status}", field="/invoice_id")
        case _:
            assert_never(invoice.status)


def check_register(day: RegisterDay | None, register_id: str, amount: Money) -> None:
    """Cash goes in and out of an open drawer of its currency only. Raises Conflict or BusinessError."""
    if day is None:
        raise Conflict("register-not-open", f"register {register_id} has no open day", field="/register_id")
    if day.currency != amount.currency:
        raise BusinessError("currency-differs", f"the register holds {day.currency}", field="/amount")
