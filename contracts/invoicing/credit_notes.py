"""What is said of credit notes: `invoicing.invoices`."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from contracts.envelope import Event, account_key
from contracts.invoicing.e_invoices import PublicPayer
from contracts.invoicing.lines import InvoiceLine
from contracts.invoicing.parties import Buyer, Seller
from contracts.invoicing.sums import PayerAmount, TaxSubtotal
from contracts.money import Currency, Money
from contracts.values import ChangedBy, Id, Text, Time


class CreditNoteIssued(Event):
    """A credit note takes back some or all of a finalized invoice (EN 16931 type code 381)."""

    TYPE: ClassVar[str] = "invoicing.credit-note-issued.v1"
    credit_note_id: Id = Field(description="the credit note's own id")
    invoice_id: Id = Field(description="the invoice that it takes back")
    invoice_number: Text = Field(description="the number of that invoice (BT-25)")
    clinic_id: Id = Field(description="the clinic that issued it")
    patient_id: Id = Field(description="whose invoice it is")
    version: int = Field(description="always 1: a credit note never changes")
    number: Text = Field(description="its number in a series of its own, without gaps (BT-1)")
    currency: Currency = Field(description="ISO 4217 code of all amounts (BT-5)")
    amount: Money = Field(description="what it takes off, with tax, positive (BT-112)")
    reason: Text = Field(description="why it was issued (BT-22)")
    issued_on: date = Field(description="local date of issue (BT-2)")
    changed_at: Time = Field(description="when it was issued")
    changed_by: ChangedBy
    lines: tuple[InvoiceLine, ...] = Field(
        default=(), description="the lines that it takes back, or parts of them (BG-25)"
    )
    tax: tuple[TaxSubtotal, ...] = Field(default=(), description="VAT by category and rate (BG-23)")
    net: Money | None = Field(default=None, description="without tax (BT-109)")
    buyer: Buyer | None = Field(default=None, description="the patient, as on the invoice (BG-7)")
    seller: Seller | None = Field(default=None, description="the clinic, as on the invoice (BG-4)")
    payers: tuple[PayerAmount, ...] = Field(
        default=(), description="whose parts it takes from: of each line, those who bore it; they sum to `amount`"
    )
    public_payer: PublicPayer | None = Field(
        default=None, description="an insurer that takes electronic invoices, as on the invoice"
    )

    @property
    def subject(self) -> str:
        return self.credit_note_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)
