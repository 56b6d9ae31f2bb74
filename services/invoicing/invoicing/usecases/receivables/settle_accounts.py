"""Payments and invoices meet: allocations and balances are derived anew from the sets of both."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from chassis.database.mongo import strides
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceEvent
from contracts.invoicing import InvoicePaid, InvoicePaymentApplied
from invoicing.domain.clinics.clinic import day_at
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT, FINALIZED, ReceivedPayment
from invoicing.domain.receivables.account import account_id_of, balance
from invoicing.domain.receivables.allocation import COUNTING, allocate_account
from invoicing.store import Kept, Step, Store
from invoicing.usecases.invoice.issue_credit_note import reward
from kernel.change import Change

T = TypeVar("T", Invoice, ReceivedPayment)
AccountKey = tuple[str, str]
"""(clinic_id, patient_id)"""


@dataclass(frozen=True, slots=True)
class Cause:
    """What made an account change: the trace, and the event's id where it was one."""

    traceparent: str | None
    event_id: str | None = None


Causes = Mapping[AccountKey, Cause]
Grouped = Mapping[AccountKey, Sequence[T]]


async def settle_accounts(
    unit: Unit, store: Store, causes: Causes, change: Change, before: Mapping[str, Kept], steps: Sequence[Step]
) -> dict[str, Invoice]:
    """Saves the steps, and with them what follows for the accounts:

    each invoice that is settled differently now, and each balance that is another. `before` are the invoices of the
    steps as stored, as in `Store.save`. Returns the invoices of the accounts as they are now, by id.
    """
    if not causes:
        await store.save(unit, before, steps)
        return {step.invoice.invoice_id: step.invoice for step in steps}
    places = _places(causes)
    stepped = {step.invoice.invoice_id: step.invoice for step in steps}
    # What a step takes for new is not overwritten, should it be there: it has to fail as a duplicate.
    others = {
        id_: kept
        for place in places
        for id_, kept in (await store.invoices(unit, place)).items()
        if kept.invoice.status in COUNTING and id_ not in stepped
    }
    now = {id_: kept.invoice for id_, kept in others.items()} | stepped
    payments = _by_account([paid for place in places for paid in await store.payments_where(unit, place)])
    awaited = await _awaited(unit, store, {p.invoice_id for mine in payments.values() for p in mine}, now)
    invoices = _by_account(i for i in now.values() if i.status in COUNTING)
    derived = []
    for key, cause in causes.items():
        async for after in _settled(unit, store, invoices[key], payments[key], change, awaited):
            now[after.invoice_id] = after
            derived.append(Step(after, _said(after), cause.traceparent, cause.event_id))
    await store.save(unit, {**others, **before}, [*steps, *derived])
    await _tell(unit, store, causes, change, _by_account(now.values()), payments)
    return now


async def _settled(
    unit: Unit,
    store: Store,
    invoices: Sequence[Invoice],
    payments: Sequence[ReceivedPayment],
    change: Change,
    awaited: Collection[str],
) -> AsyncIterator[Invoice]:
    """Each change of an invoice of one account. Who earned prompt payment gets it, and it is settled once more."""
    mine = {invoice.invoice_id: invoice for invoice in invoices}
    rewarded = True
    while rewarded:
        rewarded = False
        for after in allocate_account(mine.values(), payments, change, awaited):
            if after is not mine[after.invoice_id]:
                mine[after.invoice_id] = after
                yield after
                if (reduced := await reward(unit, store, after, change)) is not None:
                    mine[after.invoice_id] = reduced
                    rewarded = True
                    yield reduced


async def payers_of(unit: Unit, store: Store, invoice_ids: Collection[str]) -> dict[AccountKey, Cause]:
    """The accounts with payments that name one of the invoices: they may be others than the invoices'."""
    if not invoice_ids:
        return {}
    naming = await store.payments_where(unit, {"invoice_id": {"$in": list(invoice_ids)}})
    return {(paid.clinic_id, paid.patient_id): Cause(unit.traceparent) for paid in naming}


async def _awaited(unit: Unit, store: Store, named: Iterable[str | None], now: Mapping[str, Invoice]) -> frozenset[str]:
    """Those of the invoices that are not known, or drafts still."""
    unsure = {id_ for id_ in named if id_ and (id_ not in now or now[id_].status == DRAFT)}
    return frozenset(unsure - await store.decided(unit, unsure))


async def _tell(
    unit: Unit,
    store: Store,
    causes: Causes,
    change: Change,
    invoices: Grouped[Invoice],
    payments: Grouped[ReceivedPayment],
) -> None:
    before = await store.accounts.of(unit, (account_id_of(*key) for key in causes))
    clinics = await store.clinics.of(unit, {clinic_id for clinic_id, _ in causes})
    news, same, traces = [], [], []
    for key, cause in causes.items():
        known = before.get(account_id_of(*key))
        day = day_at(clinics.get(key[0]), change.at)
        after = balance(*key, known.version + 1 if known else 1, invoices[key], payments[key], change, day)
        if not after.says_the_same(known):
            news.append(after)
            traces.append(cause.traceparent)
        elif known is not None:
            same.append(known.account_id)
    await store.accounts.save(unit, news, traces, same)


def _said(invoice: Invoice) -> type[InvoiceEvent]:
    return InvoicePaymentApplied if invoice.status == FINALIZED else InvoicePaid


def _places(keys: Iterable[AccountKey]) -> list[dict[str, Any]]:
    """Filters on the index of a clinic's patients; in strides, as a long list of values is slow in some databases."""
    patients: dict[str, list[str]] = defaultdict(list)
    for clinic_id, patient_id in keys:
        patients[clinic_id].append(patient_id)
    return [
        {"clinic_id": clinic_id, "patient_id": {"$in": some}}
        for clinic_id, ids in patients.items()
        for some in strides(ids)
    ]


def _by_account(things: Iterable[T]) -> dict[AccountKey, list[T]]:
    grouped: dict[AccountKey, list[T]] = defaultdict(list)
    for thing in things:
        grouped[thing.clinic_id, thing.patient_id].append(thing)
    return grouped
