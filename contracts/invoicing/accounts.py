"""What a patient owes a clinic: `invoicing.accounts`."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from contracts.envelope import Event, account_key
from contracts.invoicing.sums import Instalment
from contracts.money import Money
from contracts.values import ChangedAt, ChangedBy, Id, Text, Value, Version


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


class OpenInvoice(Value):
    """One invoice with something open. `instalments` are what is left of the patient's plan: what they owe of `due`."""

    invoice_id: Id = Field(description="the invoice")
    number: Text = Field(description="its number (BT-1)")
    due: Money = Field(description="what is open of it (BT-115)")
    due_on: date | None = Field(description="when the whole of it is due (BT-9)")
    overdue: Money | None = Field(default=None, description="the part of it that is overdue")
    instalments: tuple[Instalment, ...] = Field(
        default=(), description="what is left of the patient's instalments; they sum to what the patient owes of `due`"
    )


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

    @property
    def subject(self) -> str:
        return self.account_id

    @property
    def key(self) -> str:
        return account_key(self.clinic_id, self.patient_id)
