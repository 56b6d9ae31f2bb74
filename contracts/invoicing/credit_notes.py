"""What is said of credit notes: `invoicing.invoices`."""

from datetime import date
from typing import ClassVar

from contracts.envelope import Event, account_key
from contracts.invoicing.lines import InvoiceLine
from contracts.invoicing.parties import Buyer, Seller
from contracts.invoicing.sums import TaxSubtotal
from contracts.money import Currency, Money
from contracts.values import ActorRef, Id, Text, Time


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
