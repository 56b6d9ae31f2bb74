"""What a patient owes a clinic: `invoicing.accounts`."""

from datetime import date
from typing import ClassVar

from contracts.envelope import Event, account_key
from contracts.invoicing.sums import Instalment
from contracts.money import Money
from contracts.values import ActorRef, Id, Text, Time, Value


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
