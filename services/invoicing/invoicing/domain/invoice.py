"""An invoice's state. Field for field what the events tell, so that a snapshot is the state and nothing is mapped."""

from datetime import date, datetime

from chassis.kernel.money import Money
from chassis.kernel.value import value
from invoicing.domain.clinic import Address, BankAccount


@value
class ActorRef:
    """Who did it."""

    actor_id: str
    name: str | None
    role: str


@value
class Coverage:
    """The patient's insurance."""

    payer_id: str
    payer_name: str | None
    plan: str | None
    member_id: str | None
    relationship: str | None


@value
class Buyer:
    """The patient as of the session."""

    patient_id: str
    name: str
    email: str | None
    locale: str | None
    birth_date: date | None
    address: Address | None
    coverage: Coverage | None


@value
class Seller:
    """The clinic as it was when the invoice was finalized."""

    clinic_id: str
    name: str
    address: Address
    tax_id: str | None
    email: str | None
    phone: str | None
    bank_account: BankAccount | None


@value
class Provider:
    """Who treated."""

    provider_id: str
    name: str | None
    npi: str | None


@value
class PriceTrace:
    """Where a price came from."""

    price_list_id: str
    price_list_version: int
    rule: str


@value
class PriceOverride:
    """A price that a person set by hand."""

    before: Money | None
    reason: str
    by: ActorRef
    approved_by: ActorRef | None
    at: datetime
    awaits_approval: bool = False


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
class Waiver:
    """Why the line is given for nothing."""

    reason: str
    by: ActorRef
    at: datetime


@value
class LineDiscount:
    """What one discount takes from one line."""

    discount_id: str
    name: str
    kind: str
    rate: str | None
    scope: str
    automatic: bool
    amount: Money


@value
class SessionItem:
    """What the clinical system says of a line."""

    code: str
    system: str | None
    unit: str | None
    description: str
    tooth: str | None
    surfaces: tuple[str, ...]
    area: str | None
    quantity: str
    performed_on: date
    provider_id: str | None


@value
class SessionSide:
    """The session's side of a line that a person decided about: what it said then (`over`), and what it says now.

    `fields` are those of the line that the person changed.
    """

    fields: tuple[str, ...]
    over: SessionItem | None
    now: SessionItem | None


@value
class Line:
    """One procedure or material. Money is None while the line is unpriced."""

    line_id: str
    kind: str
    source_id: str | None
    code: str
    system: str | None
    description: str
    tooth: str | None
    surfaces: tuple[str, ...]
    area: str | None
    quantity: str
    unit: str | None
    performed_on: date
    provider_id: str | None
    unpriced: bool
    unit_price: Money | None
    net: Money | None
    tax_category: str | None
    tax_rate: str | None
    exemption_reason: str | None
    price: PriceTrace | None
    basis: str = "net"
    amount: Money | None = None
    discounts: tuple[LineDiscount, ...] = ()
    override: PriceOverride | None = None
    waiver: Waiver | None = None
    edited: bool = False
    conflict: str | None = None
    insurer_part: Money | None = None
    session: SessionSide | None = None


@value
class RemovedLine:
    """A line of the session that a person took off the draft; `over` is what the session said of it then."""

    line: Line
    over: SessionItem | None
    reason: str
    by: ActorRef
    at: datetime


@value
class TaxSubtotal:
    """VAT of one category and rate."""

    category: str
    rate: str
    base: Money
    tax: Money
    exemption_reason: str | None


@value
class Allocation:
    """What one payment counts towards the invoice."""

    payment_id: str
    amount: Money
    method: str
    at: datetime
    part: str = "patient"


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
    kind: str
    rate: str | None
    amount: Money | None
    line_id: str | None
    reason: str | None
    by: ActorRef
    at: datetime
    approved_by: ActorRef | None = None
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
    by: ActorRef


@value
class WriteOff:
    """What the clinic gave up to collect."""

    amount: Money
    reason: str
    by: ActorRef
    at: datetime


@value
class Proposal:
    """What a later word of the clinical system would change on a finalized invoice."""

    proposal_id: str
    kind: str
    session_version: int
    lines: tuple[Line, ...]
    amount: Money
    proposed_at: datetime
    buyer: Buyer | None = None


@value
class ProposalDecision:
    """What a person made of a proposal; `made` is the supplement, or the credit note, that was confirmed."""

    proposal: Proposal
    outcome: str
    reason: str | None
    by: ActorRef
    at: datetime
    made: str | None = None


@value
class InsuranceSplit:
    """Who pays what: insurer_part + patient_part = what the invoice costs."""

    payer_id: str
    payer_name: str | None
    plan: str | None
    member_id: str | None
    rule: str
    insurer_part: Money
    patient_part: Money
    insurer_paid: Money
    patient_paid: Money


@value
class CurrencyBalance:
    """billed - credited - written_off - paid = balance = open - credit."""

    billed: Money
    credited: Money
    paid: Money
    open: Money
    credit: Money
    balance: Money
    overdue: Money | None = None
    written_off: Money | None = None


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
    status: str
    number: str | None
    currency: str
    lines: tuple[Line, ...]
    tax: tuple[TaxSubtotal, ...]
    totals: Totals
    problems: tuple[str, ...]
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
    changed_by: ActorRef
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
    finalized_by: ActorRef | None = None
    paid_by: ActorRef | None = None
    archived_by: ActorRef | None = None
    voided_by: ActorRef | None = None
    prompt_payment: PromptPayment | None = None
    removed: tuple[RemovedLine, ...] = ()
    decisions: tuple[ProposalDecision, ...] = ()
