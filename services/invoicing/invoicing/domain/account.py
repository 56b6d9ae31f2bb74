"""What a patient owes a clinic: derived from the account's invoices and payments, never kept by adding up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chassis.kernel.ids import derived_id
from chassis.kernel.money import Money
from invoicing.domain.invoice import ActorRef, CurrencyBalance, Invoice
from invoicing.domain.lifecycle import ARCHIVED, CREDITED, FINALIZED, PAID, WRITTEN_OFF, Change, Paid
from invoicing.domain.totals import asked_minor

COUNTING = (FINALIZED, PAID, ARCHIVED, CREDITED, WRITTEN_OFF)


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """One invoice with something open."""

    invoice_id: str
    number: str
    due: Money
    due_on: date | None
    overdue: Money | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One patient at one clinic."""

    account_id: str
    clinic_id: str
    patient_id: str
    version: int
    balances: tuple[CurrencyBalance, ...]
    open_invoices: tuple[OpenInvoice, ...]
    changed_at: datetime
    changed_by: ActorRef


def account_id_of(clinic_id: str, patient_id: str) -> str:
    """One account for a patient at a clinic."""
    return derived_id("acc", clinic_id, patient_id)


def balance(
    clinic_id: str, patient_id: str, version: int, invoices: Sequence[Invoice], payments: Sequence[Paid], change: Change
) -> Account:
    """The account at its next version, from all its invoices and payments."""
    counting = [i for i in invoices if i.status in COUNTING]
    currencies = sorted({i.currency for i in counting} | {p.currency for p in payments})
    due = sorted((i for i in counting if i.totals.due.amount_minor > 0), key=lambda i: (i.finalized_at, i.invoice_id))
    return Account(
        account_id=account_id_of(clinic_id, patient_id),
        clinic_id=clinic_id,
        patient_id=patient_id,
        version=version,
        balances=tuple(_of(currency, counting, payments) for currency in currencies),
        open_invoices=tuple(OpenInvoice(i.invoice_id, i.number or "", i.totals.due, i.due_on) for i in due),
        changed_at=change.at,
        changed_by=change.by,
    )


def _of(currency: str, invoices: Sequence[Invoice], payments: Sequence[Paid]) -> CurrencyBalance:
    own = [i for i in invoices if i.currency == currency]
    billed = sum(asked_minor(i.totals) for i in own)
    # What was written off is owed no more, as what was credited.
    credited = sum(i.totals.credited.amount_minor for i in own)
    credited += sum(i.totals.written_off.amount_minor for i in own if i.totals.written_off)
    paid = sum(p.settled_minor for p in payments if p.currency == currency)
    open_ = sum(i.totals.due.amount_minor for i in own)
    return CurrencyBalance(
        billed=Money(billed, currency),
        credited=Money(credited, currency),
        paid=Money(paid, currency),
        open=Money(open_, currency),
        credit=Money(open_ - (billed - credited - paid), currency),
        balance=Money(billed - credited - paid, currency),
    )
