"""What an invoice costs, what was taken off it, who pays how much, and when."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.invoicing.lines import DiscountKind, TaxCategory
from contracts.money import Money
from contracts.values import ActorRef, ApprovedAt, ApprovedBy, ExemptionCode, Id, Rate, Text, Time, Value

Part = Literal["patient", "insurer"]


class TaxSubtotal(Value):
    """VAT of one category and rate: tax = base x rate, rounded once (EN 16931 BG-23, BR-CO-17)."""

    category: TaxCategory = Field(description="VAT category (BT-118)")
    rate: Rate = Field(description="VAT rate in percent (BT-119)")
    base: Money = Field(description="taxable amount (BT-116)")
    tax: Money = Field(description="base x rate, rounded once, half up (BT-117, BR-CO-17)")
    exemption_reason: Text | None = Field(default=None, description="why it is exempt (BT-120)")
    exemption_code: ExemptionCode | None = Field(
        default=None, description="the same as a code (BT-121); null where lines have none, or several"
    )


class Allocation(Value):
    """What one payment counts towards the invoice, after its refunds."""

    payment_id: Id = Field(description="the payment")
    amount: Money = Field(description="what of it counts towards this invoice")
    method: Text = Field(description="how it was paid")
    at: Time = Field(description="when the payment was settled")
    part: Part = Field(default="patient", description="whose part of the invoice it pays")
    payer_id: Id | None = Field(
        default=None, description="the insurer whose part it pays; null for the patient, and before it was told"
    )


class PayerAmount(Value):
    """So much of one payer."""

    part: Part = Field(description="the patient, or an insurer")
    payer_id: Id | None = Field(default=None, description="the insurer; null for the patient")
    amount: Money = Field(description="how much")


class PayerShare(Value):
    """What one payer has to pay of an invoice: amount = paid + open + credited + written_off."""

    part: Part = Field(description="the patient, or an insurer")
    payer_id: Id | None = Field(default=None, description="the insurer; null for the patient")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    amount: Money = Field(description="their part of what the invoice costs")
    paid: Money = Field(description="what of their money counts towards it")
    credited: Money = Field(description="what credit notes took from their part")
    written_off: Money = Field(description="what the clinic gave up to collect of them")
    open: Money = Field(description="what they owe still")


class Totals(Value):
    """net + tax = gross; gross + rounding - paid - credited - written_off = due (EN 16931 BT-109 to BT-115).

    `rounding` (BT-114) makes an invoice of gross prices cost their sum. `discounts` is the sum of the lines' discounts,
    each on the basis of its line; null where there is none.
    """

    net: Money = Field(description="lines together, without tax (BT-109)")
    tax: Money = Field(description="VAT (BT-110)")
    gross: Money = Field(description="net + tax (BT-112)")
    paid: Money = Field(description="payments that count towards it (BT-113)")
    credited: Money = Field(description="credit notes together")
    due: Money = Field(description="gross + rounding - paid - credited - written_off (BT-115)")
    rounding: Money | None = Field(
        default=None, description="makes an invoice of gross prices cost their sum (BT-114); null for none"
    )
    written_off: Money | None = Field(default=None, description="what the clinic gave up to collect; null for none")
    discounts: Money | None = Field(
        default=None, description="the lines' discounts together, each on the basis of its line; null for none"
    )


class Discount(Value):
    """A discount that a person granted: on one line, or on the whole invoice without `line_id`.

    `named` is the discount of the clinic's policy that it is, with the conditions that this had then.
    """

    discount_id: Id = Field(description="the granted discount's own id")
    name: Text = Field(description="as it stands on the invoice (BT-139)")
    kind: DiscountKind = Field(description="a percentage or a fixed amount")
    rate: Rate | None = Field(default=None, description="percent (BT-138); null for a fixed amount")
    amount: Money | None = Field(default=None, description="the fixed amount (BT-136); null for a percentage")
    line_id: Id | None = Field(default=None, description="the line that it is for; null: the whole invoice")
    reason: Text | None = Field(default=None, description="why it was granted")
    by: ActorRef = Field(description="who granted it")
    at: Time = Field(description="when it was granted")
    approved_by: ApprovedBy = None
    approved_at: ApprovedAt = None
    named: Id | None = Field(default=None, description="the discount of the clinic's policy that it is")
    stackable: bool = Field(default=True, description="false: it is given alone, when it is the best")
    codes: tuple[Id, ...] = Field(default=(), description="it is for these procedures or materials only; none: for all")
    valid_from: date | None = Field(default=None, description="first day of the treatment that it is for")
    valid_until: date | None = Field(default=None, description="last day of the treatment that it is for")


class PromptPayment(Value):
    """Who pays `amount` until `pay_by`, included, owes no more: a credit note takes `reduction` off then."""

    discount_id: Id = Field(description="the discount of the clinic's policy")
    name: Text = Field(description="as it stands on the invoice")
    rate: Rate = Field(description="percent")
    reduction: Money = Field(description="what is taken off")
    amount: Money = Field(description="what to pay instead of all of it")
    pay_by: date = Field(description="the last day for it, included")


class Instalment(Value):
    """One part of what the patient pays, and when. The parts of a plan sum to what they owed when it was made."""

    number: int = Field(description="from 1")
    due_on: date = Field(description="local date on which it is due")
    amount: Money = Field(description="what is due then")


class CreditNoteRef(Value):
    """A credit note of the invoice."""

    credit_note_id: Id = Field(description="the credit note")
    number: Text = Field(description="its number (BT-1)")
    amount: Money = Field(description="what it takes off, with tax")
    issued_on: date = Field(description="local date of issue (BT-2)")
    at: Time = Field(description="when it was issued")
    by: ActorRef = Field(description="who issued it")
    payers: tuple[PayerAmount, ...] = Field(
        default=(), description="whose parts it takes from: of each line, those who bore it; they sum to `amount`"
    )


class WriteOff(Value):
    """What the clinic gave up to collect."""

    amount: Money = Field(description="what was given up")
    reason: Text = Field(description="why")
    by: ActorRef = Field(description="who decided it")
    at: Time = Field(description="when they decided it")
    payers: tuple[PayerAmount, ...] = Field(
        default=(), description="of whom it was given up; they sum to `amount`. None: of all who owed"
    )


class PartByHand(Value):
    """What a person set an insurer's part to; a discount or waiver that comes later is every payer's gain."""

    line_id: Id | None = Field(default=None, description="the line; null for the whole invoice")
    amount: Money = Field(description="what the insurer was to pay")
    cost: Money = Field(description="what it cost then, with tax")
    undiscounted: Money = Field(description="what it would have cost then without discounts and waivers")


class SecondaryInsurer(Value):
    """Who pays some of what the first insurer leaves, by a plan of their own or by hand."""

    payer_id: Id = Field(description="the insurer")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    plan: Text | None = Field(default=None, description="the patient's plan")
    member_id: Text | None = Field(default=None, description="the patient's number at the insurer")
    rule: Text = Field(description="how their part came about: a plan of the clinic, or by hand")
    amount: Money = Field(description="what of `insurer_part` they pay")
    by_hand: tuple[PartByHand, ...] = Field(default=(), description="as a person set it; none: by a plan")


class InsuranceSplit(Value):
    """Who pays what: insurer_part + patient_part = what the invoice costs. Each payer pays their own part.

    Where there are two insurers, `insurer_part` is of both, and `secondary` says what of it the second pays.
    """

    payer_id: Id = Field(description="the insurer")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    plan: Text | None = Field(default=None, description="the patient's plan")
    member_id: Text | None = Field(default=None, description="the patient's number at the insurer")
    rule: Text = Field(description="how the split came about: a plan of the clinic, or by hand")
    insurer_part: Money = Field(description="what the insurers pay")
    patient_part: Money = Field(description="what the patient pays")
    insurer_paid: Money = Field(description="what the insurers have paid of their part")
    patient_paid: Money = Field(description="what the patient has paid of theirs")
    secondary: SecondaryInsurer | None = Field(default=None, description="the second insurer; null for none")
    by_hand: tuple[PartByHand, ...] = Field(
        default=(), description="as a person set it; none: by a plan, or set before this was told"
    )


class InsurerClaim(Value):
    """What an insurer pays, by the invoice as it was issued."""

    payer_id: Id = Field(description="the insurer")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    amount: Money = Field(description="what they pay")


class IssuedTerms(Value):
    """What the invoice asked for when it was issued: the insurers' claims + paid + asked = what it costs."""

    insurers: tuple[InsurerClaim, ...] = Field(default=(), description="what insurers pay, each")
    paid: Money = Field(description="what of the patient's part was paid ahead (BT-113)")
    asked: Money = Field(description="what was left of it for the patient to pay (BT-115)")
