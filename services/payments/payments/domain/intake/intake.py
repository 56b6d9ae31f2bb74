"""Taking money: what is asked, and the payment that comes of it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from kernel.change import Change
from kernel.errors import BusinessError
from kernel.money import Money
from payments.domain.intake.cash_rounding import cash_rounding
from payments.domain.intake.lifecycle import PaymentOutcome, happened, moved
from payments.domain.intake.payment import Agreed, Checkout, Method, OnFile, Payer, Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMoney:
    """What every way to pay has in common. Without an invoice the money goes to the patient's account.

    `part` says who pays: the patient, or their insurer; `payer_id` which insurer, where the invoice has two.
    """

    clinic_id: str
    patient_id: str
    invoice_id: str | None
    amount: Money
    allow_credit: bool
    part: Payer = "patient"
    payer_id: str | None = None
    has_moved: ClassVar[bool] = False
    """Whether the money is on its way to the clinic's bank, whatever is said of it here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCash(TakeMoney):
    """Notes and coins into an open register; `tendered` is what the patient handed over.

    `rounds_euro` is whether the clinic's country rounds euros that are paid in cash.
    """

    register_id: str
    tendered: Money
    rounds_euro: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeTransfer(TakeMoney):
    """Money that the bank booked on `received_on`, the clinic's local date."""

    reference: str
    received_on: date
    bank_transaction_id: str | None = None
    has_moved: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCheque(TakeMoney):
    """A cheque that was handed over; `reference` is its number, `register_id` where, if somebody said."""

    reference: str
    register_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeTerminal(TakeMoney):
    """A card that paid on a terminal which is not Stripe's; `reference` is what the terminal's slip says.

    `register_id` is at which register, if somebody said.
    """

    reference: str
    register_id: str | None = None
    has_moved: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ChosenCard:
    """A card on file, and how its holder agreed to this charge."""

    card_id: str
    agreed: Agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCard(TakeMoney):
    """A card is to be charged by Stripe: entered at the desk or, with `checkout`, by the patient from afar.

    With `on_file` it is the card that the patient agreed to have kept; `chosen_card` names one that is to be looked up.
    """

    checkout: Checkout | None = None
    on_file: OnFile | None = None
    chosen_card: ChosenCard | None = None


def demand_positive(amount: Money) -> None:
    """Raises BusinessError for nothing, or less."""
    if amount.amount_minor <= 0:
        raise BusinessError("amount-not-positive", "the amount must be greater than zero", field="/amount")


def take_cash(command: TakeCash, payment_id: str, receipt_number: str, change: Change) -> PaymentOutcome:
    """The amount counts, and cash is rounded to what there are coins for.

    Raises BusinessError when that is nothing, or when what was tendered does not cover it.
    """
    demand_positive(command.amount)
    if command.tendered.currency != command.amount.currency:
        raise BusinessError("currency-differs", "tendered in another currency than the amount", field="/tendered")
    rounding = cash_rounding(command.amount, "/amount", rounds_euro=command.rounds_euro)
    payment = _payment(
        command,
        "cash",
        payment_id,
        receipt_number,
        change,
        register_id=command.register_id,
        tendered=command.tendered,
        rounding=rounding,
    )
    if command.tendered.amount_minor < payment.cash.amount_minor:
        raise BusinessError("tendered-too-little", "what was tendered does not cover the amount", field="/tendered")
    return happened("received", payment, change)


def take_transfer(command: TakeTransfer, payment_id: str, receipt_number: str, change: Change) -> PaymentOutcome:
    """Raises BusinessError for an amount that is none."""
    demand_positive(command.amount)
    payment = _payment(
        command,
        "bank_transfer",
        payment_id,
        receipt_number,
        change,
        reference=command.reference,
        received_on=command.received_on,
        bank_transaction_id=command.bank_transaction_id,
    )
    return happened("received", payment, change)


def take_by_reference(
    command: TakeCheque | TakeTerminal, payment_id: str, receipt_number: str, change: Change
) -> PaymentOutcome:
    """Raises BusinessError for an amount that is none."""
    demand_positive(command.amount)
    method: Method = "cheque" if isinstance(command, TakeCheque) else "card_terminal"
    payment = _payment(
        command,
        method,
        payment_id,
        receipt_number,
        change,
        register_id=command.register_id,
        reference=command.reference,
    )
    return happened("received", payment, change)


def reverse(payment: Payment, change: Change) -> PaymentOutcome:
    """A transfer that the bank took back, or that was matched to the wrong invoice, counts no more.

    Raises IllegalTransition once something was refunded of it.
    """
    return moved(payment, "reverse", "refunded", change)


def intend_card(command: ChargeCard, payment_id: str, change: Change) -> PaymentOutcome:
    """Nothing is published until the card's bank has answered."""
    demand_positive(command.amount)
    payment = _payment(command, "card", payment_id, None, change)
    return happened("noted", replace(payment, checkout=command.checkout, on_file=command.on_file), change)


def _payment(
    command: TakeMoney,
    method: Method,
    payment_id: str,
    receipt_number: str | None,
    change: Change,
    *,
    register_id: str | None = None,
    tendered: Money | None = None,
    rounding: Money | None = None,
    reference: str | None = None,
    received_on: date | None = None,
    bank_transaction_id: str | None = None,
) -> Payment:
    return Payment(
        payment_id=payment_id,
        clinic_id=command.clinic_id,
        patient_id=command.patient_id,
        invoice_id=command.invoice_id,
        version=1,
        method=method,
        status="pending" if receipt_number is None else "settled",
        amount=command.amount,
        receipt_number=receipt_number,
        register_id=register_id,
        tendered=tendered,
        rounding=rounding,
        reference=reference,
        received_on=received_on,
        bank_transaction_id=bank_transaction_id,
        received_at=change.at,
        settled_at=None if receipt_number is None else change.at,
        changed_at=change.at,
        changed_by=change.by,
        part=command.part,
        payer_id=command.payer_id,
        taken_by=change.by,
    )
