"""What a patient owes a clinic: `invoicing.accounts`."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from contracts.envelope import Event, account_key
from contracts.invoicing.sums import Instalment, Part
from contracts.money import Money
from contracts.values import ChangedAt, ChangedBy, Id, Text, Value, Version


class PayerBalance(Value):
    """Of one payer: billed - credited - written_off - paid = open - credit.

    `paid` is what counts towards their parts, and their credit. Their credit pays no other's part.
    """

    part: Part = Field(description="the patient, or an insurer")
    payer_id: Id | None = Field(
        default=None, description="the insurer; null for the patient, and for an insurer of whom nobody said which"
    )
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    billed: Money = Field(description="their parts of finalized invoices together, with tax")
    credited: Money = Field(description="what credit notes took from these")
    written_off: Money = Field(description="what the clinic gave up to collect of them")
    paid: Money = Field(description="what was paid of their parts, and their credit")
    open: Money = Field(description="what they owe still: the desk asks the patient for the patient's only")
    credit: Money = Field(description="paid and used by no invoice; it goes back to them")
    overdue: Money | None = Field(default=None, description="the part of `open` that was due before the day")


class CurrencyBalance(Value):
    """billed - credited - written_off - paid = balance = open - credit; below zero the clinic owes the patient.

    `credit` is paid but not used. `overdue` is the part of `open` that was due before the day of the change, or, where
    the balance is asked for, before today.
    """

    billed: Money = Field(description="finalized invoices together, with tax")
    credited: Money = Field(description="their credit notes together")
    paid: Money = Field(description="settled payments together")
    open: Money = Field(description="what the invoices still ask for")
    credit: Money = Field(description="paid and used by no invoice")
    balance: Money = Field(description="billed - credited - written_off - paid; below zero the clinic owes the patient")
    overdue: Money | None = Field(
        default=None, description="the part of `open` that was due before the day; null where it is not computed"
    )
    written_off: Money | None = Field(default=None, description="what the clinic gave up to collect; null for none")
    payers: tuple[PayerBalance, ...] = Field(
        default=(), description="of whom: the patient first, then each insurer; they sum to the amounts above"
    )


class OpenShare(Value):
    """What one payer owes of an invoice still."""

    part: Part = Field(description="the patient, or an insurer")
    payer_id: Id | None = Field(default=None, description="the insurer; null for the patient")
    payer_name: Text | None = Field(default=None, description="the insurer's name")
    open: Money = Field(description="what they owe")
    overdue: Money | None = Field(default=None, description="the part of it that is overdue")


class Credit(Value):
    """What no invoice uses of a payment: a refund of this payment gives it back to who paid."""

    payment_id: Id = Field(description="the payment")
    invoice_id: Id | None = Field(default=None, description="the invoice that the payment names; null for none")
    part: Part = Field(description="who paid: the patient, or an insurer")
    payer_id: Id | None = Field(
        default=None, description="the insurer; null for the patient, and for an insurer of whom nobody said which"
    )
    amount: Money = Field(description="what is left of it")


class OpenInvoice(Value):
    """One invoice with something open, and who owes it."""

    invoice_id: Id = Field(description="the invoice")
    number: Text = Field(description="its number (BT-1)")
    due: Money = Field(description="what is open of it (BT-115)")
    due_on: date | None = Field(description="when the whole of it is due (BT-9)")
    overdue: Money | None = Field(default=None, description="the part of it that is overdue")
    instalments: tuple[Instalment, ...] = Field(
        default=(), description="what is left of the patient's instalments; they sum to what the patient owes of `due`"
    )
    payers: tuple[OpenShare, ...] = Field(default=(), description="who owes it; they sum to `due`")


class AccountBalanceChanged(Event):
    """What a patient owes one clinic, for each currency, with the open invoices."""

    TYPE: ClassVar[str] = "invoicing.account-balance-changed.v1"
    account_id: Id = Field(description="derived from clinic and patient")
    clinic_id: Id = Field(description="the clinic that is owed")
    patient_id: Id = Field(description="who owes")
    version: Version
    balances: tuple[CurrencyBalance, ...] = Field(description="one for each currency")
    open_invoices: tuple[OpenInvoice, ...] = Field(description="each invoice with something open, the oldest first")
    changed_at: ChangedAt
    changed_by: ChangedBy
    credits: tuple[Credit, ...] = Field(
        default=(), description="what of which payment no invoice uses, the oldest payment first"
    )

    @property
    def subject(self) -> str:
        return self.account_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)
