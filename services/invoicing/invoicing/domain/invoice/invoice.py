"""An invoice's state. Field for field as in the events, so that a snapshot is the state and nothing is mapped."""

from datetime import date, datetime
from typing import Final, Literal

from invoicing.domain.clinics.clinic import PublicPayer
from invoicing.domain.invoice.line import DiscountKind, Line, RemovedLine, SessionItem
from invoicing.domain.invoice.parties import Buyer, Coverage, Provider, Seller
from kernel.actor import Actor
from kernel.money import Money
from kernel.value import value

InvoiceStatus = Literal["draft", "finalized", "paid", "no_charge", "credited", "written_off", "archived", "void"]
Problem = Literal[
    "unpriced", "clinic-not-configured", "session-corrected", "session-voided", "awaits-approval", "conflicting-edit"
]
PayingPart = Literal["patient", "insurer"]
"""Whose part of an invoice."""
PATIENT: Final = "patient"
INSURER: Final = "insurer"
ProposalKind = Literal["supplement", "credit"]
ProposalOutcome = Literal["confirmed", "rejected"]


@value
class PromptPayment:
    """Who pays `amount` until `pay_by`, included, owes no more: a credit note takes `reduction` off then."""

    discount_id: str
    name: str
    rate: str
    reduction: Money
    amount: Money
    pay_by: date


@value
class TaxSubtotal:
    """VAT of one category and rate."""

    category: str
    rate: str
    base: Money
    tax: Money
    exemption_reason: str | None
    exemption_code: str | None = None


@value
class Allocation:
    """What one payment counts towards the invoice."""

    payment_id: str
    amount: Money
    method: str
    at: datetime
    part: PayingPart = PATIENT
    payer_id: str | None = None


@value
class PayerAmount:
    """So much of one payer: of the patient, or of the insurer `payer_id`."""

    part: PayingPart
    payer_id: str | None
    amount: Money


@value
class PayerShare:
    """What one payer has to pay of an invoice: amount = paid + open + credited + written_off."""

    part: PayingPart
    payer_id: str | None
    payer_name: str | None
    amount: Money
    paid: Money
    credited: Money
    written_off: Money
    open: Money


@value
class Totals:
    """net + tax = gross; gross + rounding - paid - credited - written_off = due."""

    net: Money
    tax: Money
    gross: Money
    paid: Money
    credited: Money
    due: Money
    rounding: Money | None = None
    written_off: Money | None = None
    discounts: Money | None = None


@value
class Discount:
    """A discount that a person granted, or asks for: on one line, or on the whole invoice without `line_id`.

    `named` is the discount of the policy, whose conditions it keeps as they were then.
    """

    discount_id: str
    name: str
    kind: DiscountKind
    rate: str | None
    amount: Money | None
    line_id: str | None
    reason: str | None
    by: Actor
    at: datetime
    approved_by: Actor | None = None
    approved_at: datetime | None = None
    named: str | None = None
    stackable: bool = True
    codes: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


@value
class Instalment:
    """One part of what is due, and when."""

    number: int
    due_on: date
    amount: Money


@value
class CreditNoteRef:
    """A credit note of the invoice."""

    credit_note_id: str
    number: str
    amount: Money
    issued_on: date
    at: datetime
    by: Actor
    payers: tuple[PayerAmount, ...] = ()


@value
class WriteOff:
    """What the clinic gave up to collect, and from whom."""

    amount: Money
    reason: str
    by: Actor
    at: datetime
    payers: tuple[PayerAmount, ...] = ()


@value
class Proposal:
    """What a later version of the session would change on a finalized invoice, or bill instead of a void one.

    `buyer` and `provider` are told where a supplement has others than the invoice.
    """

    proposal_id: str
    kind: ProposalKind
    session_version: int
    lines: tuple[Line, ...]
    amount: Money
    proposed_at: datetime
    buyer: Buyer | None = None
    provider: Provider | None = None


@value
class ProposalDecision:
    """What a person made of a proposal; `made` is the supplement, or the credit note, that was confirmed."""

    proposal: Proposal
    outcome: ProposalOutcome
    reason: str | None
    by: Actor
    at: datetime
    made: str | None = None


@value
class Diagnosis:
    """Why something was done, in a code system."""

    diagnosis_id: str
    code: str
    system: str
    description: str = ""


@value
class Deviation:
    """What the session says otherwise by now of a line that is billed (None: of them all), at no other cost.

    `fields` are what differs; `now`, `coverage`, `provider` or `diagnoses` what the session says.
    """

    line_id: str | None
    fields: tuple[str, ...]
    session_version: int
    noted_at: datetime
    now: SessionItem | None = None
    coverage: Coverage | None = None
    provider: Provider | None = None
    acknowledged_by: Actor | None = None
    acknowledged_at: datetime | None = None
    reason: str | None = None
    diagnoses: tuple[Diagnosis, ...] | None = None


@value
class PartByHand:
    """What a person set an insurer's part of a line to, or (None) of the whole.

    It cost `cost` then, and would have cost `undiscounted` without discounts and waivers: of these every payer has
    their part.
    """

    line_id: str | None
    amount: Money
    cost: Money
    undiscounted: Money


@value
class SecondaryInsurer:
    """Who pays some of what the first insurer leaves. `amount` is of the `insurer_part` of both."""

    payer_id: str
    payer_name: str | None
    plan: str | None
    member_id: str | None
    rule: str
    amount: Money
    by_hand: tuple[PartByHand, ...] = ()


@value
class InsuranceSplit:
    """Who pays what: insurer_part + patient_part = what the invoice costs. `insurer_part` is of both insurers."""

    payer_id: str
    payer_name: str | None
    plan: str | None
    member_id: str | None
    rule: str
    insurer_part: Money
    patient_part: Money
    insurer_paid: Money
    patient_paid: Money
    secondary: SecondaryInsurer | None = None
    by_hand: tuple[PartByHand, ...] = ()


@value
class PayerBalance:
    """Of one payer: billed - credited - written_off - paid = open - credit. `credit` goes back to them only."""

    part: PayingPart
    payer_id: str | None
    payer_name: str | None
    billed: Money
    credited: Money
    written_off: Money
    paid: Money
    open: Money
    credit: Money
    overdue: Money | None = None


@value
class InsurerClaim:
    """What an insurer pays, by the invoice as it was issued."""

    payer_id: str
    payer_name: str | None
    amount: Money


@value
class IssuedTerms:
    """What the invoice asked for when it was issued: the insurers' claims + paid + asked = what it costs.

    `paid` is what of the patient's part was paid ahead, `asked` what is left of it for them to pay. Whatever is paid,
    refunded, refused or credited later changes none of it.
    """

    insurers: tuple[InsurerClaim, ...]
    paid: Money
    asked: Money


@value
class CurrencyBalance:
    """billed - credited - written_off - paid = balance = open - credit; the payers' sum to each."""

    billed: Money
    credited: Money
    paid: Money
    open: Money
    credit: Money
    balance: Money
    overdue: Money | None = None
    written_off: Money | None = None
    payers: tuple[PayerBalance, ...] = ()


@value
class Invoice:
    """An invoice at one version."""

    invoice_id: str
    clinic_id: str
    patient_id: str
    session_id: str | None
    session_version: int | None
    price_list_id: str | None
    version: int
    status: InvoiceStatus
    number: str | None
    currency: str
    lines: tuple[Line, ...]
    tax: tuple[TaxSubtotal, ...]
    totals: Totals
    problems: tuple[Problem, ...]
    buyer: Buyer
    seller: Seller | None
    provider: Provider | None
    allocations: tuple[Allocation, ...]
    note: str | None
    issued_on: date | None
    due_on: date | None
    drafted_at: datetime
    finalized_at: datetime | None
    paid_at: datetime | None
    archived_at: datetime | None
    voided_at: datetime | None
    changed_at: datetime
    changed_by: Actor
    reason: str | None
    discounts: tuple[Discount, ...] = ()
    discount_requests: tuple[Discount, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    credit_notes: tuple[CreditNoteRef, ...] = ()
    write_off: WriteOff | None = None
    proposals: tuple[Proposal, ...] = ()
    supplement_to: str | None = None
    insurance: InsuranceSplit | None = None
    previous_balances: tuple[CurrencyBalance, ...] = ()
    payment_reference: str | None = None
    finalized_by: Actor | None = None
    paid_by: Actor | None = None
    archived_by: Actor | None = None
    voided_by: Actor | None = None
    prompt_payment: PromptPayment | None = None
    removed: tuple[RemovedLine, ...] = ()
    decisions: tuple[ProposalDecision, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    issued: IssuedTerms | None = None
    payers: tuple[PayerShare, ...] = ()
    public_payer: PublicPayer | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
