"""What invoicing says: `invoicing.invoices` and `invoicing.accounts`."""

from datetime import date
from typing import ClassVar, Literal

from contracts.clinical import Coverage, Provider
from contracts.envelope import Event, account_key
from contracts.money import Currency, Money
from contracts.values import ActorRef, Address, Id, Quantity, Rate, Text, Time, Value

InvoiceStatus = Literal["draft", "finalized", "paid", "credited", "written_off", "archived", "void"]
LineKind = Literal["procedure", "material", "manual"]
TaxCategory = Literal["S", "Z", "E"]
Problem = Literal[
    "unpriced", "clinic-not-configured", "session-corrected", "session-voided",
    "awaits-approval", "conflicting-edit",
]  # fmt: skip
PriceBasis = Literal["net", "gross"]
DiscountKind = Literal["percent", "fixed"]
Part = Literal["patient", "insurer"]


class BankAccount(Value):
    """Where bank transfers go."""

    iban: Text | None = None
    bic: Text | None = None
    holder: Text | None = None


class Seller(Value):
    """The clinic as it was when the invoice was finalized (EN 16931 BG-4)."""

    clinic_id: Id
    name: Text
    address: Address = Address()
    tax_id: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    bank_account: BankAccount | None = None


class Buyer(Value):
    """The patient as of the session, frozen when the invoice is finalized (EN 16931 BG-7)."""

    patient_id: Id
    name: Text
    email: Text | None = None
    locale: Text | None = None
    birth_date: date | None = None
    address: Address | None = None
    coverage: Coverage | None = None


class PriceTrace(Value):
    """Where a price came from."""

    price_list_id: Id
    price_list_version: int
    rule: Text


class PriceOverride(Value):
    """A price that a person set by hand; above the limit of the role a second person approves it.

    `before` is the price of the list; null where it had none.
    """

    before: Money | None
    reason: Text
    by: ActorRef
    approved_by: ActorRef | None = None
    at: Time
    awaits_approval: bool = False


class Waiver(Value):
    """Why the line is given for nothing."""

    reason: Text
    by: ActorRef
    at: Time


class LineDiscount(Value):
    """What one discount takes from one line. One of the whole invoice is spread over the lines in proportion."""

    discount_id: Id
    name: Text
    kind: DiscountKind
    rate: Rate | None = None
    scope: Literal["line", "invoice"] = "line"
    automatic: bool = False
    amount: Money


class SessionItem(Value):
    """What the clinical system says of a line."""

    code: Id
    system: Text | None = None
    unit: Text | None = None
    description: Text = ""
    tooth: Text | None = None
    surfaces: tuple[Text, ...] = ()
    area: Text | None = None
    quantity: Quantity
    performed_on: date
    provider_id: Id | None = None


class SessionSide(Value):
    """The session's side of a line that a person decided about.

    `fields` are those of the line that he changed; `over` is what the session said then, `now` what it says now: null
    where it says nothing, or nothing any more. While they differ the line may be in conflict.
    """

    fields: tuple[Text, ...] = ()
    over: SessionItem | None = None
    now: SessionItem | None = None


class InvoiceLine(Value):
    """One procedure or material. `unit_price`, `net` and `price` are null while the line is unpriced.

    `amount` is unit price x quantity, on the `basis` of the price, and 0 for a waived line; `discounts` are on the same
    basis. `net` is without tax and after `discounts`.
    """

    line_id: Id
    kind: LineKind
    source_id: Id | None = None
    code: Id
    system: Text | None = None
    description: Text
    tooth: Text | None = None
    surfaces: tuple[Text, ...] = ()
    area: Text | None = None
    quantity: Quantity
    unit: Text | None = None
    performed_on: date
    provider_id: Id | None = None
    unpriced: bool = False
    unit_price: Money | None = None
    net: Money | None = None
    tax_category: TaxCategory | None = None
    tax_rate: Rate | None = None
    exemption_reason: Text | None = None
    price: PriceTrace | None = None
    basis: PriceBasis = "net"
    amount: Money | None = None
    discounts: tuple[LineDiscount, ...] = ()
    override: PriceOverride | None = None
    waiver: Waiver | None = None
    edited: bool = False
    conflict: Text | None = None
    insurer_part: Money | None = None
    session: SessionSide | None = None


class RemovedLine(Value):
    """A line of the session that a person took off the draft, and why; `over` is what the session said of it then."""

    line: InvoiceLine
    over: SessionItem | None = None
    reason: Text
    by: ActorRef
    at: Time


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


class Proposal(Value):
    """What a later word of the clinical system would change on a finalized invoice; a person decides.

    `buyer` is told where a supplement is for another patient than the invoice.
    """

    proposal_id: Id
    kind: Literal["supplement", "credit"]
    session_version: int
    lines: tuple[InvoiceLine, ...] = ()
    amount: Money
    proposed_at: Time
    buyer: Buyer | None = None


class ProposalDecision(Value):
    """What a person made of a proposal; `made` is the supplement, or the credit note, that was confirmed."""

    proposal: Proposal
    outcome: Literal["confirmed", "rejected"]
    reason: Text | None = None
    by: ActorRef
    at: Time
    made: Id | None = None


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


class CurrencyBalance(Value):
    """billed - credited - written_off - paid = balance = open - credit; below zero the clinic owes the patient.

    `credit` is paid but not used. `overdue` is the part of `open` that was due before the day of the change, or, where
    the balance is asked for, before today.
    """

    billed: Money
    credited: Money
    paid: Money
    open: Money
    credit: Money
    balance: Money
    overdue: Money | None = None
    written_off: Money | None = None


class Invoice(Event):
    """An invoice after a change: the whole of it."""

    invoice_id: Id
    clinic_id: Id
    patient_id: Id
    session_id: Id | None
    session_version: int | None
    price_list_id: Id | None = None
    version: int
    status: InvoiceStatus
    number: Text | None
    currency: Currency
    lines: tuple[InvoiceLine, ...]
    tax: tuple[TaxSubtotal, ...]
    totals: Totals
    problems: tuple[Problem, ...]
    buyer: Buyer
    seller: Seller | None
    provider: Provider | None
    allocations: tuple[Allocation, ...] = ()
    note: Text | None = None
    issued_on: date | None = None
    due_on: date | None = None
    drafted_at: Time
    finalized_at: Time | None = None
    paid_at: Time | None = None
    archived_at: Time | None = None
    voided_at: Time | None = None
    changed_at: Time
    changed_by: ActorRef
    reason: Text | None = None
    discounts: tuple[Discount, ...] = ()
    discount_requests: tuple[Discount, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    credit_notes: tuple[CreditNoteRef, ...] = ()
    write_off: WriteOff | None = None
    proposals: tuple[Proposal, ...] = ()
    supplement_to: Id | None = None
    insurance: InsuranceSplit | None = None
    previous_balances: tuple[CurrencyBalance, ...] = ()
    payment_reference: Text | None = None
    finalized_by: ActorRef | None = None
    paid_by: ActorRef | None = None
    archived_by: ActorRef | None = None
    voided_by: ActorRef | None = None
    prompt_payment: PromptPayment | None = None
    removed: tuple[RemovedLine, ...] = ()
    decisions: tuple[ProposalDecision, ...] = ()

    @property
    def subject(self) -> str:
        return self.invoice_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)


class InvoiceDrafted(Invoice):
    """A session became a draft."""

    TYPE: ClassVar[str] = "invoicing.invoice-drafted.v1"


class InvoiceRevised(Invoice):
    """A draft changed, or a finalized invoice was credited, written off, got another instalment plan, or a proposal.

    Its content after finalizing never changes.
    """

    TYPE: ClassVar[str] = "invoicing.invoice-revised.v1"


class InvoiceFinalized(Invoice):
    """The invoice has its number; buyer, seller, lines and totals are fixed from here on."""

    TYPE: ClassVar[str] = "invoicing.invoice-finalized.v1"


class InvoicePaymentApplied(Invoice):
    """A payment or refund changed what is paid, and something is open."""

    TYPE: ClassVar[str] = "invoicing.invoice-payment-applied.v1"


class InvoicePaid(Invoice):
    """Nothing is open any more."""

    TYPE: ClassVar[str] = "invoicing.invoice-paid.v1"


class InvoiceArchived(Invoice):
    """A paid invoice was put away."""

    TYPE: ClassVar[str] = "invoicing.invoice-archived.v1"


class InvoiceVoided(Invoice):
    """The invoice counts for nothing; its number stays used."""

    TYPE: ClassVar[str] = "invoicing.invoice-voided.v1"


class CreditNoteIssued(Event):
    """A credit note takes back some or all of a finalized invoice (EN 16931 type code 381)."""

    TYPE: ClassVar[str] = "invoicing.credit-note-issued.v1"
    credit_note_id: Id
    invoice_id: Id
    invoice_number: Text
    clinic_id: Id
    patient_id: Id
    version: int
    number: Text
    currency: Currency
    amount: Money
    reason: Text
    issued_on: date
    changed_at: Time
    changed_by: ActorRef
    lines: tuple[InvoiceLine, ...] = ()
    tax: tuple[TaxSubtotal, ...] = ()
    net: Money | None = None
    buyer: Buyer | None = None
    seller: Seller | None = None

    @property
    def subject(self) -> str:
        return self.credit_note_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)


class OpenInvoice(Value):
    """One invoice with something open. `instalments` are what is left of those that are not paid; they sum to `due`."""

    invoice_id: Id
    number: Text
    due: Money
    due_on: date | None
    overdue: Money | None = None
    instalments: tuple[Instalment, ...] = ()


class AccountBalanceChanged(Event):
    """What a patient owes one clinic, for each currency, with the open invoices."""

    TYPE: ClassVar[str] = "invoicing.account-balance-changed.v1"
    account_id: Id
    clinic_id: Id
    patient_id: Id
    version: int
    balances: tuple[CurrencyBalance, ...]
    open_invoices: tuple[OpenInvoice, ...]
    changed_at: Time
    changed_by: ActorRef

    @property
    def subject(self) -> str:
        return self.account_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)


class UnbilledItem(Value):
    """A procedure or material that nobody is asked for money for, and nobody decided about.

    `drafted`: priced, on a draft; `unpriced`; `proposed`: awaits a person's word; `missing`: on no invoice.
    """

    kind: Literal["procedure", "material"]
    source_id: Id
    code: Id
    quantity: Quantity
    state: Literal["drafted", "unpriced", "proposed", "missing"]


class ItemsUnbilled(Event):
    """Of a session that ended longer ago than the clinic's limit, these items are unbilled; none when it was settled.

    Said once for each set of items. `invoice_id` is the id that the session's invoice has, or would have.
    """

    TYPE: ClassVar[str] = "invoicing.items-unbilled.v1"
    alarm_id: Id
    invoice_id: Id
    clinic_id: Id
    patient_id: Id
    session_id: Id
    version: int
    completed_at: Time
    limit_hours: int
    items: tuple[UnbilledItem, ...]
    changed_at: Time
    changed_by: ActorRef

    @property
    def subject(self) -> str:
        return self.alarm_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)
