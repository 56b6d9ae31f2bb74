"""What a patient owes a clinic: derived from the account's invoices and payments, never kept by adding up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from invoicing.domain.invoice.invoice import CurrencyBalance, Instalment, Invoice
from invoicing.domain.invoice.schedule import left_of
from invoicing.domain.invoice.totals import asked_minor, patient_due_minor
from invoicing.domain.receivables.allocation import COUNTING, written_off_minor
from invoicing.domain.receivables.payment import ReceivedPayment
from kernel.actor import Actor
from kernel.change import Change
from kernel.ids import derived_id
from kernel.money import Money
from kernel.outcome import Outcome


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """One invoice with something open. `instalments` are what is left of the patient's plan: what they owe of `due`."""

    invoice_id: str
    number: str
    due: Money
    due_on: date | None
    overdue: Money | None = None
    instalments: tuple[Instalment, ...] = ()

    @property
    def parts(self) -> tuple[tuple[date | None, int], ...]:
        """What is open, and the day on which each part of it is or was due: they sum to `due`."""
        plan = tuple((part.due_on, part.amount.amount_minor) for part in self.instalments)
        unplanned = self.due.amount_minor - sum(amount for _, amount in plan)
        return (*plan, (self.due_on, unplanned)) if unplanned or not plan else plan


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
    changed_by: Actor

    def says_the_same(self, other: "Account | None") -> bool:
        """Whether nothing on the account is different; one that never was published has nothing on it."""
        known = (other.balances, other.open_invoices) if other is not None else ((), ())
        return (self.balances, self.open_invoices) == known


AccountKey = tuple[str, str]
"""(clinic_id, patient_id)"""


@dataclass(frozen=True, slots=True)
class AccountBalanceChanged:
    account: Account


@lru_cache(maxsize=4096)
def account_id_of(clinic_id: str, patient_id: str) -> str:
    """One account for a patient at a clinic."""
    return derived_id("acc", clinic_id, patient_id)


def balance(
    clinic_id: str,
    patient_id: str,
    version: int,
    invoices: Sequence[Invoice],
    payments: Sequence[ReceivedPayment],
    change: Change,
    day: date,
) -> Account:
    """The account at its next version, from all its invoices and payments, with what is overdue on that day."""
    counting = [i for i in invoices if i.status in COUNTING]
    currencies = sorted({i.currency for i in counting} | {p.currency for p in payments})
    due = sorted((i for i in counting if i.totals.due.amount_minor > 0), key=lambda i: (i.finalized_at, i.invoice_id))
    account = Account(
        account_id=account_id_of(clinic_id, patient_id),
        clinic_id=clinic_id,
        patient_id=patient_id,
        version=version,
        balances=tuple(_of(currency, counting, payments) for currency in currencies),
        open_invoices=tuple(
            OpenInvoice(
                i.invoice_id,
                i.number or "",
                i.totals.due,
                i.due_on,
                instalments=left_of(i.instalments, patient_due_minor(i)),
            )
            for i in due
        ),
        changed_at=change.at,
        changed_by=change.by,
    )
    return as_of(account, day)


def rebalance(
    key: AccountKey,
    published: Account | None,
    invoices: Sequence[Invoice],
    payments: Sequence[ReceivedPayment],
    change: Change,
    day: date,
) -> Outcome[Account | None, AccountBalanceChanged]:
    """The account as of its invoices and payments now; nothing happened where it says what it said before."""
    version = 1 if published is None else published.version + 1
    account = balance(*key, version, invoices, payments, change, day)
    if account.says_the_same(published):
        return Outcome(published)
    return Outcome(account, (AccountBalanceChanged(account),))


def as_of(account: Account, day: date) -> Account:
    """The same account with what was due before that day, and is open, as overdue."""
    open_ = tuple(replace(o, overdue=Money(_overdue(o, day), o.due.currency)) for o in account.open_invoices)
    late = {b.open.currency: 0 for b in account.balances}
    for invoice in open_:
        late[invoice.due.currency] += _overdue(invoice, day)
    balances = tuple(replace(b, overdue=Money(late[b.open.currency], b.open.currency)) for b in account.balances)
    return replace(account, balances=balances, open_invoices=open_)


def previous_balances(account: Account, day: date) -> tuple[CurrencyBalance, ...]:
    """What a new draft tells of the account: the currencies in which something is open, or credit."""
    if not any(b.open.amount_minor or b.credit.amount_minor for b in account.balances):
        return ()
    return tuple(b for b in as_of(account, day).balances if b.open.amount_minor or b.credit.amount_minor)


def _overdue(invoice: OpenInvoice, day: date) -> int:
    return sum(amount for due_on, amount in invoice.parts if due_on is not None and due_on < day)


def _of(currency: str, invoices: Sequence[Invoice], payments: Sequence[ReceivedPayment]) -> CurrencyBalance:
    own = [i for i in invoices if i.currency == currency]
    billed = sum(asked_minor(i.totals) for i in own)
    credited = sum(i.totals.credited.amount_minor for i in own)
    written_off = sum(written_off_minor(i.totals) for i in own)
    paid = sum(p.settled_minor for p in payments if p.currency == currency)
    open_ = sum(i.totals.due.amount_minor for i in own)
    owed = billed - credited - written_off - paid
    return CurrencyBalance(
        billed=Money(billed, currency),
        credited=Money(credited, currency),
        paid=Money(paid, currency),
        open=Money(open_, currency),
        credit=Money(open_ - owed, currency),
        balance=Money(owed, currency),
        written_off=Money(written_off, currency),
    )
