"""What is said of invoices: `invoicing.invoices`, each time the whole of it."""

from datetime import date
from typing import ClassVar, Literal

from contracts.clinical import Provider
from contracts.envelope import Event, account_key
from contracts.invoicing.accounts import CurrencyBalance
from contracts.invoicing.lines import InvoiceLine, RemovedLine
from contracts.invoicing.parties import Buyer, Seller
from contracts.invoicing.proposals import Deviation, Proposal, ProposalDecision
from contracts.invoicing.sums import (
    Allocation,
    CreditNoteRef,
    Discount,
    Instalment,
    InsuranceSplit,
    PromptPayment,
    TaxSubtotal,
    Totals,
    WriteOff,
)
from contracts.money import Currency
from contracts.values import ActorRef, Id, Text, Time

InvoiceStatus = Literal["draft", "finalized", "paid", "credited", "written_off", "archived", "void"]
Problem = Literal[
    "unpriced",
    "clinic-not-configured",
    "session-corrected",
    "session-voided",
    "awaits-approval",
    "conflicting-edit",
]


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
    deviations: tuple[Deviation, ...] = ()

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
