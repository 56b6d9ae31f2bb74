"""Payments and invoices meet: allocations and balances are derived anew from the sets of both."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import day_at
from invoicing.domain.invoice.credit_note import CreditNoteIssued
from invoicing.domain.invoice.events import InvoiceEvent, InvoiceOutcome
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.receivables.account import AccountBalanceChanged, AccountKey, account_id_of, rebalance
from invoicing.domain.receivables.allocation import allocate_account
from invoicing.domain.receivables.payment import ReceivedPayment
from invoicing.publishing import Cause, DomainEvent, Publication, publish, record, refuse_growth
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.invoice.issue_credit_note import reward
from kernel.change import Change

T = TypeVar("T", Invoice, ReceivedPayment)
Causes = Mapping[AccountKey, Cause]
Grouped = Mapping[AccountKey, Sequence[T]]


@dataclass(slots=True)
class Settlement:
    """What followed for the accounts, written and not published yet."""

    credit_notes: list[Publication[CreditNoteIssued]] = field(default_factory=list)
    invoices: list[Publication[InvoiceEvent]] = field(default_factory=list)
    balances: list[Publication[AccountBalanceChanged]] = field(default_factory=list)

    def after(
        self,
        saved: Iterable[Publication[InvoiceEvent]] = (),
        credit_notes: Iterable[Publication[CreditNoteIssued]] = (),
    ) -> list[Publication[DomainEvent]]:
        """In the order in which all goes out, with what was saved before: credit notes, invoices, balances."""
        return [*credit_notes, *self.credit_notes, *saved, *self.invoices, *self.balances]

    def state_of(self, invoice: Invoice) -> Invoice:
        """The invoice as it was settled last; itself where nothing followed for it."""
        own = [settled.event.invoice for settled in self.invoices if settled.subject == invoice.invoice_id]
        return own[-1] if own else invoice


async def save_and_settle(
    unit: Unit,
    store: Store,
    stored: StoredInvoice,
    outcome: InvoiceOutcome,
    accounts: Iterable[AccountKey],
    change: Change,
) -> Invoice:
    """Saves what a command made of an invoice, settles the accounts that it touches, and publishes both."""
    cause = Cause(unit.traceparent)
    saved = record(outcome.events, cause)
    refuse_growth(stored.invoice, saved)
    await store.invoices.save(unit, {outcome.state.invoice_id: stored}, saved)
    settlement = await settle_accounts(unit, store, dict.fromkeys(accounts, cause), change)
    publish(unit, settlement.after(saved))
    return settlement.state_of(outcome.state)


async def settle_accounts(unit: Unit, store: Store, causes: Causes, change: Change) -> Settlement:
    """Saves each invoice on the accounts that is settled differently now, and each balance that is another.

    The caller publishes it.
    """
    settlement = Settlement()
    if not causes:
        return settlement
    stored = await store.invoices.on_accounts(unit, causes)
    payments = _by_account(await store.payments.on_accounts(unit, causes))
    awaited = await _awaited(unit, store, {p.invoice_id for own in payments.values() for p in own}, stored)
    invoices = _by_account(known.invoice for known in stored.values())
    for key, cause in causes.items():
        invoices[key] = await _settle(unit, store, settlement, cause, invoices[key], payments[key], change, awaited)
    await store.credit_notes.save(unit, settlement.credit_notes)
    await store.invoices.save(unit, stored, settlement.invoices)
    await _rebalance(unit, store, settlement, causes, change, invoices, payments)
    return settlement


async def payers_of(unit: Unit, store: Store, invoice_ids: Collection[str]) -> list[AccountKey]:
    """The accounts with payments that name one of the invoices: they may be others than the invoices'."""
    naming = await store.payments.naming(unit, invoice_ids) if invoice_ids else []
    return [(payment.clinic_id, payment.patient_id) for payment in naming]


async def _settle(
    unit: Unit,
    store: Store,
    settlement: Settlement,
    cause: Cause,
    invoices: Sequence[Invoice],
    payments: Sequence[ReceivedPayment],
    change: Change,
    awaited: Collection[str],
) -> list[Invoice]:
    """The invoices of one account. Who earned prompt payment gets it, and the account is settled once more."""
    now = {invoice.invoice_id: invoice for invoice in invoices}
    rewarded = True
    while rewarded:
        rewarded = False
        for applied in allocate_account(now.values(), payments, change, awaited).events:
            now[applied.invoice.invoice_id] = applied.invoice
            settlement.invoices += record([applied], cause)
            reduced = await reward(unit, store, applied.invoice, change)
            if reduced is not None:
                rewarded = True
                now[reduced.state.invoice_id] = reduced.state
                settlement.credit_notes += record([reduced.issued], Cause())
                settlement.invoices += record([reduced.credited], cause)
    return list(now.values())


async def _awaited(unit: Unit, store: Store, named: Iterable[str | None], counting: Collection[str]) -> frozenset[str]:
    """Those of the invoices that are not known, or drafts still."""
    unsure = {id_ for id_ in named if id_ and id_ not in counting}
    return frozenset(unsure - await store.invoices.decided(unit, unsure))


async def _rebalance(
    unit: Unit,
    store: Store,
    settlement: Settlement,
    causes: Causes,
    change: Change,
    invoices: Grouped[Invoice],
    payments: Grouped[ReceivedPayment],
) -> None:
    published = await store.accounts.of(unit, (account_id_of(*key) for key in causes))
    clinics = await store.clinics.of(unit, {clinic_id for clinic_id, _ in causes})
    unchanged = []
    for key, cause in causes.items():
        known = published.get(account_id_of(*key))
        day = day_at(clinics.get(key[0]), change.at)
        outcome = rebalance(key, known, invoices[key], payments[key], change, day)
        settlement.balances += record(outcome.events, cause)
        if known is not None and not outcome.events:
            unchanged.append(known.account_id)
    await store.accounts.save(unit, [changed.event.account for changed in settlement.balances], unchanged)


def _by_account(things: Iterable[T]) -> dict[AccountKey, list[T]]:
    grouped: dict[AccountKey, list[T]] = defaultdict(list)
    for thing in things:
        grouped[thing.clinic_id, thing.patient_id].append(thing)
    return grouped
