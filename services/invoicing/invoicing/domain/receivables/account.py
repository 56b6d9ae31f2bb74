"""What a patient and their insurers owe a clinic: derived from the account's invoices and payments, never kept by
adding up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from invoicing.domain.invoice.invoice import (
    PATIENT,
    CurrencyBalance,
    Instalment,
    Invoice,
    PayerBalance,
    PayerShare,
    PayingPart,
)
from invoicing.domain.invoice.payers import THE_PATIENT, Payer, shares_of
from invoicing.domain.invoice.schedule import left_of
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.receivables.allocation import COUNTING, paying_for, unused, written_off_minor
from invoicing.domain.receivables.payment import ReceivedPayment
from kernel.actor import Actor
from kernel.change import Change
from kernel.ids import derived_id
from kernel.money import Money
from kernel.outcome import Outcome
from kernel.value import replace, value


@value
class OpenShare:
    """What one payer owes of an invoice still."""

    part: PayingPart
    payer_id: str | None
    payer_name: str | None
    open: Money
    overdue: Money | None = None


@value
class OpenInvoice:
    """One invoice with something open; `payers` are who owes it, and sum to `due`.

    `instalments` are what is left of the patient's plan: what they owe of `due`.
    """

    invoice_id: str
    number: str
    due: Money
    due_on: date | None
    overdue: Money | None = None
    instalments: tuple[Instalment, ...] = ()
    payers: tuple[OpenShare, ...] = ()

    @property
    def parts(self) -> tuple[tuple[date | None, int], ...]:
        """What is open, and the day on which each part of it is or was due: they sum to `due`."""
        return tuple(part for share in self.shares for part in self.parts_of(share))

    @property
    def shares(self) -> tuple[OpenShare, ...]:
        """Who owes it; all of it the patient, on an account from before payers were told apart."""
        return self.payers or (OpenShare(*THE_PATIENT, None, self.due),)

    def parts_of(self, share: OpenShare) -> tuple[tuple[date | None, int], ...]:
        """What one payer owes, and by when. Instalments are the patient's; an insurer pays by the invoice's day."""
        if share.part != PATIENT:
            return ((self.due_on, share.open.amount_minor),)
        plan = tuple((part.due_on, part.amount.amount_minor) for part in self.instalments)
        unplanned = share.open.amount_minor - sum(amount for _, amount in plan)
        return (*plan, (self.due_on, unplanned)) if unplanned or not plan else plan


@value
class Credit:
    """What no invoice uses of a payment. It goes back to who paid it, and pays no other's part."""

    payment_id: str
    invoice_id: str | None
    part: PayingPart
    payer_id: str | None
    amount: Money


@value
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
    credits: tuple[Credit, ...] = ()

    def says_the_same(self, other: "Account | None") -> bool:
        """Whether nothing on the account is different; one that never was published has nothing on it."""
        known = (other.balances, other.open_invoices, other.credits) if other is not None else ((), (), ())
        return (self.balances, self.open_invoices, self.credits) == known

    @property
    def tells_payers(self) -> bool:
        """Whether it says who owes what: accounts from before do not."""
        return all(balance_.payers for balance_ in self.balances)


AccountKey = tuple[str, str]
"""(clinic_id, patient_id)"""
Shares = Mapping[str, Sequence[PayerShare]]
"""What each payer has to pay of invoices, by their ids."""


@value
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
    counting = sorted((i for i in invoices if i.status in COUNTING), key=lambda i: (i.finalized_at, i.invoice_id))
    currencies = sorted({i.currency for i in counting} | {p.currency for p in payments})
    credits_ = _credits(counting, payments)
    shares = {i.invoice_id: shares_of(i) for i in counting}
    account = Account(
        account_id=account_id_of(clinic_id, patient_id),
        clinic_id=clinic_id,
        patient_id=patient_id,
        version=version,
        balances=tuple(_of(currency, counting, shares, payments, credits_) for currency in currencies),
        open_invoices=tuple(_open(i, shares[i.invoice_id]) for i in counting if i.totals.due.amount_minor > 0),
        changed_at=change.at,
        changed_by=change.by,
        credits=credits_,
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
    open_ = tuple(_late_invoice(invoice, day) for invoice in account.open_invoices)
    late: dict[tuple[str, Payer], int] = defaultdict(int)
    for invoice in open_:
        for share in invoice.shares:
            late[invoice.due.currency, (share.part, share.payer_id)] += _late(invoice, share, day)
    balances = tuple(_late_balance(known, late) for known in account.balances)
    return replace(account, balances=balances, open_invoices=open_)


def previous_balances(account: Account, day: date) -> tuple[CurrencyBalance, ...]:
    """What a new draft tells of the account: the currencies in which something is open, or credit."""
    if not any(b.open.amount_minor or b.credit.amount_minor for b in account.balances):
        return ()
    return tuple(b for b in as_of(account, day).balances if b.open.amount_minor or b.credit.amount_minor)


def _late_invoice(invoice: OpenInvoice, day: date) -> OpenInvoice:
    currency = invoice.due.currency
    whole = sum(_late(invoice, share, day) for share in invoice.shares)
    payers = tuple(replace(share, overdue=Money(_late(invoice, share, day), currency)) for share in invoice.payers)
    return replace(invoice, overdue=Money(whole, currency), payers=payers)


def _late_balance(known: CurrencyBalance, late: Mapping[tuple[str, Payer], int]) -> CurrencyBalance:
    currency = known.open.currency
    payers = tuple(
        replace(one, overdue=Money(late.get((currency, (one.part, one.payer_id)), 0), currency)) for one in known.payers
    )
    whole = sum(minor for (of_currency, _), minor in late.items() if of_currency == currency)
    return replace(known, overdue=Money(whole, currency), payers=payers)


def _late(invoice: OpenInvoice, share: OpenShare, day: date) -> int:
    return sum(amount for due_on, amount in invoice.parts_of(share) if due_on is not None and due_on < day)


def _open(invoice: Invoice, shares: Iterable[PayerShare]) -> OpenInvoice:
    owing = tuple(
        OpenShare(share.part, share.payer_id, share.payer_name, share.open)
        for share in shares
        if share.open.amount_minor
    )
    patients = sum(share.open.amount_minor for share in owing if share.part == PATIENT)
    return OpenInvoice(
        invoice.invoice_id,
        invoice.number or "",
        invoice.totals.due,
        invoice.due_on,
        instalments=left_of(invoice.instalments, patients),
        payers=owing,
    )


def _credits(invoices: Sequence[Invoice], payments: Sequence[ReceivedPayment]) -> tuple[Credit, ...]:
    left = unused(invoices, payments)
    oldest_first = sorted(payments, key=lambda payment: (payment.received_at, payment.payment_id))
    return tuple(
        Credit(p.payment_id, p.invoice_id, *paying_for(p, invoices), Money(left[p.payment_id], p.currency))
        for p in oldest_first
        if p.payment_id in left
    )


def _of(
    currency: str,
    invoices: Sequence[Invoice],
    shares: Shares,
    payments: Sequence[ReceivedPayment],
    credits_: Sequence[Credit],
) -> CurrencyBalance:
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
        payers=_payers(
            currency,
            [share for i in own for share in shares[i.invoice_id]],
            [credit for credit in credits_ if credit.amount.currency == currency],
        ),
    )


def _payers(currency: str, owed: Iterable[PayerShare], credits_: Sequence[Credit]) -> tuple[PayerBalance, ...]:
    """The patient first, then the insurers by their ids; their sums are the account's."""
    shares: dict[Payer, list[PayerShare]] = defaultdict(list, {THE_PATIENT: []})
    left: dict[Payer, int] = defaultdict(int)
    for share in owed:
        shares[share.part, share.payer_id].append(share)
    for credit in credits_:
        left[credit.part, credit.payer_id] += credit.amount.amount_minor
    order = sorted(shares.keys() | left.keys(), key=lambda payer: (payer != THE_PATIENT, payer[1] or ""))
    return tuple(_payer(payer, shares.get(payer, []), left.get(payer, 0), currency) for payer in order)


def _payer(payer: Payer, shares: Sequence[PayerShare], credit_minor: int, currency: str) -> PayerBalance:
    def summed(amounts: list[Money], more_minor: int = 0) -> Money:
        return Money(sum(amount.amount_minor for amount in amounts) + more_minor, currency)

    names = [share.payer_name for share in shares if share.payer_name is not None]
    return PayerBalance(
        *payer,
        payer_name=names[-1] if names else None,
        billed=summed([share.amount for share in shares]),
        credited=summed([share.credited for share in shares]),
        written_off=summed([share.written_off for share in shares]),
        paid=summed([share.paid for share in shares], credit_minor),
        open=summed([share.open for share in shares]),
        credit=Money(credit_minor, currency),
    )
