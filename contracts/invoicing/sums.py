"""What an invoice costs, what was taken off it, who pays how much, and when."""

from datetime import date
from typing import Literal

from contracts.invoicing.lines import DiscountKind, TaxCategory
from contracts.money import Money
from contracts.values import ActorRef, Id, Rate, Text, Time, Value

Part = Literal["patient", "insurer"]


class TaxSubtotal(Value):
    """VAT of one category and rate: tax = base x rate, rounded once (EN 16931 BG-23, BR-CO-17)."""

    category: TaxCategory
    rate: Rate
    base: Money
    tax: Money
    exemption_reason: Text | None = None


class Allocation(Value):
    """What one payment counts towards the invoice, after its refunds."""

    payment_id: Id
    amount: Money
    method: Text
    at: Time
    part: Part = "patient"


class Totals(Value):
    """net + tax = gross; gross + rounding - paid - credited - written_off = due (EN 16931 BT-109 to BT-115).

    `rounding` (BT-114) makes an invoice of gross prices cost their sum. `discounts` is the sum of the lines' discounts,
    each on the basis of its line; null where there is none.
    """

    net: Money
    tax: Money
    gross: Money
    paid: Money
    credited: Money
    due: Money
    rounding: Money | None = None
    written_off: Money | None = None
    discounts: Money | None = None


class Discount(Value):
    """A discount that a person granted: on one line, or on the whole invoice without `line_id`.

    `named` is the discount of the clinic's policy that it is, with the conditions that this had then.
    """

    discount_id: Id
    name: Text
    kind: DiscountKind
    rate: Rate | None = None
    amount: Money | None = None
    line_id: Id | None = None
    reason: Text | None = None
    by: ActorRef
    at: Time
    approved_by: ActorRef | None = None
    approved_at: Time | None = None
    named: Id | None = None
    stackable: bool = True
    codes: tuple[Id, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


class PromptPayment(Value):
    """Who pays `amount` until `pay_by`, included, owes no more: a credit note takes `reduction` off then."""

    discount_id: Id
    name: Text
    rate: Rate
    reduction: Money
    amount: Money
    pay_by: date


class Instalment(Value):
    """One part of what is due, and when. The parts sum to the gross total with its rounding."""

    number: int
    due_on: date
    amount: Money


class CreditNoteRef(Value):
    """A credit note of the invoice."""

    credit_note_id: Id
    number: Text
    amount: Money
    issued_on: date
    at: Time
    by: ActorRef


class WriteOff(Value):
    """What the clinic gave up to collect."""

    amount: Money
    reason: Text
    by: ActorRef
    at: Time


class InsuranceSplit(Value):
    """Who pays what: insurer_part + patient_part = what the invoice costs. Each part is paid for itself."""

    payer_id: Id
    payer_name: Text | None = None
    plan: Text | None = None
    member_id: Text | None = None
    rule: Text
    insurer_part: Money
    patient_part: Money
    insurer_paid: Money
    patient_paid: Money
