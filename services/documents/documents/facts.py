"""What a document is made from, frozen when it was issued: events as they were heard, and what was looked up."""

from datetime import date
from typing import Literal

from contracts.cash_register import DayClosed
from contracts.invoicing import Buyer, CreditNoteIssued, Invoice, Seller
from contracts.money import Money
from contracts.payments import PaymentMethod
from contracts.values import Id, Text, Time, Value


class Look(Value):
    """How a clinic's paper looks: in its colour ("#1f6f6b"), on its paper, with its logo and the lines at its foot.

    `logo` is a PNG as data URI, of `logo_width` x `logo_height` dots.
    """

    paper: Literal["A4", "letter"] | None = None
    colour: Text | None = None
    footer: tuple[Text, ...] = ()
    logo: str | None = None
    logo_width: int = 0
    logo_height: int = 0


PLAIN_LOOK = Look()


class InvoiceFacts(Value):
    """`supplements` is the number of the invoice that it adds to; `clinic` is told of a draft, which has no seller."""

    invoice: Invoice
    supplements: Text | None = None
    clinic: Text = ""


class CreditNoteFacts(Value):
    """`original_issued_on` is the day of the invoice that it takes back, where that was heard."""

    credit_note: CreditNoteIssued
    original_issued_on: date | None = None


class ServedInvoice(Value):
    """An invoice that a payment counts towards: how much of it, and what its payer has left to pay of it."""

    number: Text
    issued_on: date | None
    amount: Money
    left: Money


class ReceiptFacts(Value):
    """A payment, or a refund of one, as it was when its receipt was issued: what came later is not on it.

    `amount` is positive; `refund_of` is the receipt of the payment that a refund gives back. `rounding` is what was
    paid or given back in cash beside it, where there are no small coins.
    """

    receipt_id: Id
    clinic_id: Id
    patient_id: Id
    payment_id: Id
    number: Text
    refund_of: Text | None
    method: PaymentMethod
    amount: Money
    tendered: Money | None
    change: Money | None
    rounding: Money | None = None
    reference: Text | None
    reason: Text | None
    at: Time
    taken_by: Text | None
    payer_id: Id | None
    served: tuple[ServedInvoice, ...]
    unused: Money | None
    clinic: Text
    time_zone: Text | None
    seller: Seller | None
    buyer: Buyer | None


class ReceiptSheets(Value):
    """On which paper the receipt is wanted."""

    receipt: ReceiptFacts
    slip: bool = False


class StatementEntry(Value):
    """What moved on the account: above zero the patient owes it. `word` is the label of what it was.

    `patient` is whose it is, in a statement of several.
    """

    on: date
    word: Text
    number: Text
    amount: Money
    balance: Money
    patient: Text | None = None


class OwedBy(Value):
    """What one payer owes as of the day: an insurer, or the patient, whose name is told where there are several."""

    amount: Money
    patient: Text | None = None
    insurer: Text | None = None


class StatementLedger(Value):
    """The account in one currency. `ages`: what is open, by days past due: none, to 30, to 60, to 90, more."""

    currency: Text
    entries: tuple[StatementEntry, ...]
    balance: Money
    open: Money
    credit: Money
    ages: tuple[Money, ...]
    owed: tuple[OwedBy, ...] = ()


class StatementFacts(Value):
    """A patient's account at a clinic on a day, or a family's: their own part; what insurers owe stands beside it."""

    clinic_id: Id
    patient_id: Id
    as_of: date
    clinic: Text
    seller: Seller | None
    buyer: Buyer | None
    ledgers: tuple[StatementLedger, ...]
    members: tuple[Text, ...] = ()


class RegisterDayFacts(Value):
    """A closed day, and what is known of the clinic."""

    day: DayClosed
    clinic: Text
    time_zone: Text | None
    country: Text | None


class SubmissionFacts(Value):
    """An invoice, and the insurer that it is submitted to."""

    invoice: Invoice
    payer_id: Id


class OverduePart(Value):
    """An instalment that is overdue by its number, or the whole (None), and what is left to pay of it."""

    number: int | None
    due_on: date
    open: Money


class ReminderFacts(Value):
    """An invoice of which `open` is overdue on a day; `step` says how urgent it is, from 1 to 3.

    `parts` are the instalments that it is of; none where the invoice is due as a whole.
    """

    invoice: Invoice
    open: Money
    step: int
    as_of: date
    parts: tuple[OverduePart, ...] = ()


class InstalmentPlanFacts(Value):
    """An invoice with its instalments."""

    invoice: Invoice


class _OfClinic(Value):
    """What all facts have: the clinic, or an aggregate that is of one."""

    clinic_id: Id | None = None
    invoice: "_OfClinic | None" = None
    credit_note: "_OfClinic | None" = None
    receipt: "_OfClinic | None" = None
    day: "_OfClinic | None" = None


def clinic_of(facts: bytes) -> str:
    """Whose paper they are printed on. Raises ValueError for what is of no clinic."""
    found = _OfClinic.model_validate_json(facts)
    for each in (found, found.invoice, found.credit_note, found.receipt, found.day):
        if each is not None and each.clinic_id is not None:
            return each.clinic_id
    raise ValueError("facts of no clinic")
