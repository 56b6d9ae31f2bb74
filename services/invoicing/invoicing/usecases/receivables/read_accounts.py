"""What there is on some accounts, as one transaction reads it: each collection once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import Clinic, day_at
from invoicing.domain.invoice.invoice import CurrencyBalance, Invoice
from invoicing.domain.receivables.account import Account, AccountKey, previous_balances
from invoicing.domain.receivables.payment import ReceivedPayment
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice


@dataclass(frozen=True, slots=True)
class AccountsRead:
    """`stored` are the invoices that count on one of the accounts, by id; `published` the accounts themselves.

    It is as old as the moment at which it was read: who has written to one of the accounts since reads again.
    """

    stored: Mapping[str, StoredInvoice]
    invoices: Mapping[AccountKey, Sequence[Invoice]]
    payments: Mapping[AccountKey, Sequence[ReceivedPayment]]
    published: Mapping[AccountKey, Account]
    clinics: Mapping[str, Clinic]

    def invoices_on(self, key: AccountKey) -> Sequence[Invoice]:
        """Those that count on the account."""
        return self.invoices.get(key, ())

    def owed_before(self, key: AccountKey, at: datetime) -> tuple[CurrencyBalance, ...]:
        """What a draft of the account tells of it, with what is overdue on the clinic's day at that moment."""
        account = self.published.get(key)
        return () if account is None else previous_balances(account, day_at(self.clinics.get(key[0]), at))


async def read_accounts(unit: Unit, store: Store, accounts: Iterable[AccountKey]) -> AccountsRead:
    """Reads them, and the profiles of their clinics."""
    keys = dict.fromkeys(accounts)
    stored = await store.invoices.on_accounts(unit, keys)
    invoices: dict[AccountKey, list[Invoice]] = defaultdict(list)
    for known in stored.values():
        invoices[known.invoice.clinic_id, known.invoice.patient_id].append(known.invoice)
    payments: dict[AccountKey, list[ReceivedPayment]] = defaultdict(list)
    for payment in await store.payments.on_accounts(unit, keys):
        payments[payment.clinic_id, payment.patient_id].append(payment)
    return AccountsRead(
        stored=stored,
        invoices=invoices,
        payments=payments,
        published=await store.accounts.of(unit, keys),
        clinics=await store.clinics.of(unit, {clinic_id for clinic_id, _ in keys}),
    )
