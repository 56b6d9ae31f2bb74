"""Payments and invoices meet: allocations and balances are derived anew from the sets of both."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import day_at
from invoicing.domain.invoice.bearers import tells_no_payers, told_apart
from invoicing.domain.invoice.credit_note import CreditNoteIssued
from invoicing.domain.invoice.events import InvoiceEvent, InvoiceOutcome
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT
from invoicing.domain.receivables.account import AccountBalanceChanged, AccountKey, rebalance
from invoicing.domain.receivables.allocation import COUNTING, allocate_account
from invoicing.domain.receivables.payment import ReceivedPayment
from invoicing.publishing import Cause, Publication, publish, record, refuse_growth
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.invoice.issue_credit_note import reward
from invoicing.usecases.receivables.read_accounts import AccountsRead, read_accounts
from kernel.change import Change

Causes = Mapping[AccountKey, Cause]


@dataclass(slots=True)
class Settlement:
    """What follows for the accounts: the invoices as they are stored, by id, and what happened to them."""

    stored: dict[str, StoredInvoice] = field(default_factory=dict)
    credit_notes: list[Publication[CreditNoteIssued]] = field(default_factory=list)
    invoices: list[Publication[InvoiceEvent]] = field(default_factory=list)
    balances: list[Publication[AccountBalanceChanged]] = field(default_factory=list)

    def state_of(self, invoice: Invoice) -> Invoice:
        """The invoice as it was settled last; itself where nothing followed for it."""
        own = [settled.event.invoice for settled in self.invoices if settled.subject == invoice.invoice_id]
        return own[-1] if own else invoice


async def settle_outcome(
    unit: Unit,
    store: Store,
    stored: StoredInvoice,
    outcome: InvoiceOutcome,
    accounts: Iterable[AccountKey],
    change: Change,
) -> Invoice:
    """Saves what a command made of an invoice, and settles the accounts that it touches; the invoice after both."""
    cause = Cause(unit.traceparent)
    decided = record(outcome.events, cause)
    refuse_growth(stored.invoice, decided)
    known = {outcome.state.invoice_id: stored}
    settlement = await settle_accounts(unit, store, known, decided, dict.fromkeys(accounts, cause), change)
    return settlement.state_of(outcome.state)


async def settle_accounts(
    unit: Unit,
    store: Store,
    stored: Mapping[str, StoredInvoice],
    decided: Sequence[Publication[InvoiceEvent]],
    causes: Causes,
    change: Change,
    credit_notes: Sequence[Publication[CreditNoteIssued]] = (),
    read: AccountsRead | None = None,
) -> Settlement:
    """Saves and publishes what was decided of invoices, and what follows of it for the accounts: each invoice once.

    `stored` are the invoices of `decided` as they are stored; `credit_notes` are saved already. Of the accounts each
    invoice that is settled differently now, and each balance that is another, is saved with them. Credit notes go out
    first, balances last. `read` is what there is on the accounts, where the caller has read it in this transaction.
    """
    settlement = Settlement()
    if causes:
        read = read or await read_accounts(unit, store, causes)
        await _settle_all(unit, store, settlement, {p.subject: p.event.invoice for p in decided}, causes, change, read)
    invoices = [*decided, *settlement.invoices]
    await store.invoices.save(unit, {**settlement.stored, **stored}, invoices)
    publish(unit, [*credit_notes, *settlement.credit_notes, *invoices, *settlement.balances])
    return settlement


async def payers_of(unit: Unit, store: Store, invoice_ids: Collection[str]) -> list[AccountKey]:
    """The accounts with payments that name one of the invoices: they may be others than the invoices'."""
    naming = await store.payments.naming(unit, invoice_ids)
    return [(payment.clinic_id, payment.patient_id) for payment in naming]


async def _settle_all(
    unit: Unit,
    store: Store,
    settlement: Settlement,
    decided: Mapping[str, Invoice],
    causes: Causes,
    change: Change,
    read: AccountsRead,
) -> None:
    """`decided` are invoices, by id, as they are to be saved: they count as that, whatever is stored."""
    on_accounts = {id_: k for id_, k in read.stored.items() if (k.invoice.clinic_id, k.invoice.patient_id) in causes}
    # What was decided as new is not replaced, should it be there: it has to fail as a duplicate.
    settlement.stored = {id_: known for id_, known in on_accounts.items() if id_ not in decided}
    now = {id_: known.invoice for id_, known in settlement.stored.items()}
    now |= {id_: invoice for id_, invoice in decided.items() if invoice.status in COUNTING}
    payments = {key: read.payments.get(key, ()) for key in causes}
    settled = {id_ for id_, invoice in decided.items() if invoice.status != DRAFT}
    now |= await _told_apart(unit, store, now.values())
    named = {p.invoice_id for own in payments.values() for p in own}
    awaited = await awaited_invoices(unit, store, named, now.keys() | settled)
    # What is stored of a draft that was void is not that it is a draft again.
    awaited |= {id_ for id_ in decided.keys() - settled if id_ in named}
    invoices = _by_account(now.values())
    for key, cause in causes.items():
        invoices[key] = await _settle(unit, store, settlement, cause, invoices[key], payments[key], change, awaited)
    await store.credit_notes.save(unit, settlement.credit_notes)
    await _rebalance(unit, store, settlement, causes, change, invoices, payments, read)


async def _told_apart(unit: Unit, store: Store, invoices: Iterable[Invoice]) -> dict[str, Invoice]:
    """Those with credit notes from before these said whose parts they take from, as their lines say it."""
    found = {}
    for invoice in invoices:
        if tells_no_payers(invoice):
            notes = await store.credit_notes.of(invoice.invoice_id, unit)
            found[invoice.invoice_id] = told_apart(invoice, {note.credit_note_id: note.lines for note in notes})
    return found


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


async def awaited_invoices(
    unit: Unit, store: Store, named: Iterable[str | None], final: Collection[str]
) -> frozenset[str]:
    """Those of the invoices that are not known, or drafts still; not the ones that are `final`, as is known already."""
    unsure = {id_ for id_ in named if id_ and id_ not in final}
    return frozenset(unsure - await store.invoices.decided(unit, unsure))


async def _rebalance(
    unit: Unit,
    store: Store,
    settlement: Settlement,
    causes: Causes,
    change: Change,
    invoices: Mapping[AccountKey, Sequence[Invoice]],
    payments: Mapping[AccountKey, Sequence[ReceivedPayment]],
    read: AccountsRead,
) -> None:
    unchanged = []
    for key, cause in causes.items():
        known = read.published.get(key)
        day = day_at(read.clinics.get(key[0]), change.at)
        outcome = rebalance(key, known, invoices[key], payments[key], change, day)
        settlement.balances += record(outcome.events, cause)
        if known is not None and not outcome.events:
            unchanged.append(known.account_id)
    await store.accounts.save(unit, [changed.event.account for changed in settlement.balances], unchanged)


def _by_account(invoices: Iterable[Invoice]) -> dict[AccountKey, list[Invoice]]:
    grouped: dict[AccountKey, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        grouped[invoice.clinic_id, invoice.patient_id].append(invoice)
    return grouped
