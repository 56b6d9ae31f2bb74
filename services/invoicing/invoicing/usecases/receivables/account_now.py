"""What an account says of a draft at this moment: what was owed before it, and what of its money counts towards it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import day_at
from invoicing.domain.invoice.invoice import CurrencyBalance, Invoice
from invoicing.domain.receivables.account import AccountKey, previous_balances
from invoicing.domain.receivables.allocation import ahead_minor
from invoicing.store import Store
from invoicing.usecases.receivables.read_accounts import AccountsRead
from invoicing.usecases.receivables.settle_accounts import awaited_invoices
from kernel.change import Change


async def balances_before(
    store: Store, accounts: Collection[AccountKey], at: datetime, unit: Unit | None = None
) -> Mapping[AccountKey, tuple[CurrencyBalance, ...]]:
    """What a draft of each account tells of it, with what is overdue on the clinic's day at that moment."""
    found = await store.accounts.of(unit, accounts)
    clinics = await store.clinics.of(unit, {clinic_id for clinic_id, _ in found})
    return {
        key: previous_balances(found[key], day_at(clinics.get(key[0]), at)) if key in found else () for key in accounts
    }


async def paid_ahead_minor(unit: Unit, store: Store, draft: Invoice, change: Change, read: AccountsRead) -> int:
    """What of the patient's part of the draft is paid the moment that it is final."""
    account = draft.clinic_id, draft.patient_id
    payments = read.payments.get(account, ())
    if not any(payment.settled_minor > 0 for payment in payments):
        return 0
    others = read.invoices_on(account)
    named = {payment.invoice_id for payment in payments}
    known = {draft.invoice_id, *(other.invoice_id for other in others)}
    return ahead_minor(draft, others, payments, change, await awaited_invoices(unit, store, named, known))
