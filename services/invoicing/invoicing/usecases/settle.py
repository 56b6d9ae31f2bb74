"""Payments and invoices meet: allocations and balances are derived anew from the sets of both."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from chassis.outbox import Unit
from contracts.invoicing import Invoice as InvoiceEvent
from contracts.invoicing import InvoicePaid, InvoicePaymentApplied
from invoicing.domain.account import COUNTING, account_id_of, balance
from invoicing.domain.invoice import Invoice
from invoicing.domain.lifecycle import FINALIZED, Change, Paid, allocate
from invoicing.store import Store

T = TypeVar("T", Invoice, Paid)
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
    kept = await store.invoices(unit, {"$or": [{**mine, "status": {"$in": list(COUNTING)}} for mine in _places(keys)]})
    invoices = _by_account({**{id_: k.invoice for id_, k in kept.items()}, **changed}.values())
    payments = _by_account(await store.payments_where(unit, {"$or": _places(keys)}))
    before = await store.accounts(unit, (account_id_of(*key) for key in keys))
    after = []
    for key in keys:
        known = before.get(account_id_of(*key))
        after.append(balance(*key, known.version + 1 if known else 1, invoices[key], payments[key], change))
    await store.save_accounts(unit, after, list(keys.values()))


def _places(keys: Iterable[AccountKey]) -> list[dict[str, Any]]:
    """One filter for each clinic, on the index of its patients."""
    patients: dict[str, list[str]] = defaultdict(list)
    for clinic_id, patient_id in keys:
        patients[clinic_id].append(patient_id)
    return [{"clinic_id": clinic_id, "patient_id": {"$in": ids}} for clinic_id, ids in patients.items()]


def _by_account(things: Iterable[T]) -> dict[AccountKey, list[T]]:
    grouped: dict[AccountKey, list[T]] = defaultdict(list)
    for thing in things:
        grouped[thing.clinic_id, thing.patient_id].append(thing)
    return grouped
