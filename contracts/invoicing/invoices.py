"""What is said of invoices: `invoicing.invoices`, each time the whole of it."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.clinical import Diagnosis, Provider
from contracts.envelope import Event, account_key
from contracts.invoicing.accounts import CurrencyBalance
from contracts.invoicing.e_invoices import PublicPayer
from contracts.invoicing.lines import InvoiceLine, RemovedLine
from contracts.invoicing.parties import Buyer, Seller
from contracts.invoicing.proposals import Deviation, Proposal, ProposalDecision
from contracts.invoicing.sums import (
    Allocation,
    CreditNoteRef,
    Discount,
    Instalment,
    InsuranceSplit,
    IssuedTerms,
    PayerShare,
    PromptPayment,
    TaxSubtotal,
    Totals,
    WriteOff,
)
from contracts.money import Currency
from contracts.values import ActorRef, ChangedAt, ChangedBy, Id, Text, Time, Version

InvoiceStatus = Literal["draft", "finalized", "paid", "no_charge", "credited", "written_off", "archived", "void"]
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

    invoice_id: Id = Field(description="derived from clinic and session; of a supplement its own")
    clinic_id: Id = Field(description="the clinic that bills")
    patient_id: Id = Field(description="whose invoice it is")
    session_id: Id | None = Field(description="the session that it bills; null for a supplement made by hand")
    session_version: int | None = Field(description="the version of the session that it shows")
    price_list_id: Id | None = Field(
        default=None, description="the one list that prices all of it; null: chosen for each line"
    )
    version: Version
    status: InvoiceStatus = Field(description="see the states of an invoice")
    number: Text | None = Field(description="drawn when it is finalized, without gaps for each clinic and year (BT-1)")
    currency: Currency = Field(description="ISO 4217 code of all amounts (BT-5)")
    lines: tuple[InvoiceLine, ...] = Field(description="procedures and materials (BG-25)")
    tax: tuple[TaxSubtotal, ...] = Field(description="VAT by category and rate (BG-23)")
    totals: Totals = Field(description="what it costs, what is paid, what is due (BG-22)")
    problems: tuple[Problem, ...] = Field(description="what waits for a person before it can go on")
    buyer: Buyer = Field(description="the patient (BG-7)")
    seller: Seller | None = Field(description="the clinic, fixed when it is finalized (BG-4); null before")
    provider: Provider | None = Field(description="who treated")
    allocations: tuple[Allocation, ...] = Field(default=(), description="which payments count towards it")
    note: Text | None = Field(default=None, description="free text to the patient (BT-22)")
    issued_on: date | None = Field(default=None, description="local date of finalizing (BT-2)")
    due_on: date | None = Field(default=None, description="when all of it is due (BT-9)")
    drafted_at: Time = Field(description="when the session became a draft")
    finalized_at: Time | None = Field(default=None, description="when it got its number")
    paid_at: Time | None = Field(default=None, description="when nothing was open any more, and somebody had paid")
    archived_at: Time | None = Field(default=None, description="when it was put away")
    voided_at: Time | None = Field(default=None, description="when it was made void")
    changed_at: ChangedAt
    changed_by: ChangedBy
    reason: Text | None = Field(default=None, description="why this change was made, where a person said it")
    discounts: tuple[Discount, ...] = Field(default=(), description="discounts granted by a person (BG-27)")
    discount_requests: tuple[Discount, ...] = Field(default=(), description="discounts that await a second person")
    instalments: tuple[Instalment, ...] = Field(
        default=(), description="the parts in which the patient may pay what they owe (BT-20); none: all at once"
    )
    credit_notes: tuple[CreditNoteRef, ...] = Field(default=(), description="credit notes of this invoice")
    write_off: WriteOff | None = Field(default=None, description="what the clinic gave up to collect")
    proposals: tuple[Proposal, ...] = Field(
        default=(), description="what the session would change by now; a person decides"
    )
    supplement_to: Id | None = Field(default=None, description="the invoice that this one adds to (BT-25)")
    insurance: InsuranceSplit | None = Field(default=None, description="the insurer's and the patient's part")
    previous_balances: tuple[CurrencyBalance, ...] = Field(
        default=(),
        description="what the patient owed before this invoice, by currency: of a draft now, else when it was issued",
    )
    payment_reference: Text | None = Field(
        default=None, description="ISO 11649 creditor reference for the transfer (BT-83)"
    )
    finalized_by: ActorRef | None = Field(default=None, description="who finalized it")
    paid_by: ActorRef | None = Field(default=None, description="whose payment or act left nothing open")
    archived_by: ActorRef | None = Field(default=None, description="who archived it")
    voided_by: ActorRef | None = Field(default=None, description="who voided it")
    prompt_payment: PromptPayment | None = Field(default=None, description="less is owed by who pays early (BT-20)")
    removed: tuple[RemovedLine, ...] = Field(default=(), description="lines of the session that a person took off")
    decisions: tuple[ProposalDecision, ...] = Field(default=(), description="what people made of proposals")
    deviations: tuple[Deviation, ...] = Field(
        default=(), description="what the session says otherwise by now, at no other cost"
    )
    issued: IssuedTerms | None = Field(
        default=None, description="what it asked for when it was issued; null on drafts, and on invoices from before"
    )
    payers: tuple[PayerShare, ...] = Field(
        default=(), description="who owes what of a final invoice with insurers: these in their order, the patient last"
    )
    public_payer: PublicPayer | None = Field(
        default=None, description="an insurer of the patient that takes electronic invoices, fixed when it is finalized"
    )
    diagnoses: tuple[Diagnosis, ...] = Field(default=(), description="why it was done; lines point to them by their id")

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
    """The invoice has its number; buyer, seller, lines and totals are fixed from here on.

    One that costs nothing is `no_charge` at once: nobody has to pay, and no `invoice-paid` follows.
    """

    TYPE: ClassVar[str] = "invoicing.invoice-finalized.v1"
    ROOM_BYTES: ClassVar[int] = 128 * 1024


class InvoicePaymentApplied(Invoice):
    """A payment or refund changed what is paid, and something is open."""

    TYPE: ClassVar[str] = "invoicing.invoice-payment-applied.v1"


class InvoicePaid(Invoice):
    """Nothing is open any more, and somebody paid."""

    TYPE: ClassVar[str] = "invoicing.invoice-paid.v1"


class InvoiceArchived(Invoice):
    """An invoice that is paid, or was no charge, was put away."""

    TYPE: ClassVar[str] = "invoicing.invoice-archived.v1"


class InvoiceVoided(Invoice):
    """The invoice counts for nothing; its number stays used."""

    TYPE: ClassVar[str] = "invoicing.invoice-voided.v1"
