"""Payments and invoices meet: allocations and balances are derived anew from the sets of both."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from chassis.outbox import Unit
from contracts.invoicing import Invoice as InvoiceEvent
from contracts.invoicing import InvoicePaid, InvoicePaymentApplied
from invoicing.domain.account import COUNTING, account_id_of, balance
from invoicing.domain.invoice import Invoice
from invoicing.domain.lifecycle import FINALIZED, Change, Paid, allocate
from invoicing.store import Store

AccountKey = tuple[str, str]
"""(clinic_id, patient_id)"""


def allocated(invoice: Invoice, payments: Iterable[Paid], change: Change) -> tuple[Invoice, type[InvoiceEvent]] | None:
    """The invoice with what its payments count now, and what to say; None when nothing changes."""
    after = allocate(invoice, list(payments), change)
    if after is invoice:
        return None
    return after, InvoicePaymentApplied if after.status == FINALIZED else InvoicePaid


async def settle_accounts(
    unit: Unit, store: Store, keys: Mapping[AccountKey, str | None], changed: Mapping[str, Invoice], change: Change
) -> None:
    """Derives the accounts again and says their balances. `changed` are invoices written in this transaction already.

    `keys` maps each account to the trace that caused the change.
    """
    patients: dict[str, set[str]] = defaultdict(set)
    for clinic_id, patient_id in keys:
        patients[clinic_id].add(patient_id)
    for clinic_id, patient_ids in patients.items():
        mine = {"clinic_id": clinic_id, "patient_id": {"$in": sorted(patient_ids)}}
        kept = await store.invoices(unit, {**mine, "status": {"$in": list(COUNTING)}})
        invoices = {**{id_: k.invoice for id_, k in kept.items()}, **changed}
        payments = await store.payments_where(unit, mine)
        for patient_id in sorted(patient_ids):
            before = await store.account(account_id_of(clinic_id, patient_id), unit)
            own = [i for i in invoices.values() if (i.clinic_id, i.patient_id) == (clinic_id, patient_id)]
            paid = [p for p in payments if p.patient_id == patient_id]
            version = before.version + 1 if before else 1
            after = balance(clinic_id, patient_id, version, own, paid, change)
            await store.save_account(unit, after, keys[clinic_id, patient_id])
