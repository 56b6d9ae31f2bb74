"""What the clinical system says becomes drafts: one invoice a session, every procedure and material on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from chassis.messaging.consumer import Batch
from chassis.messaging.outbox import Unit
from chassis.messaging.reading import Heard
from contracts.clinical import SessionBody, SessionCompleted, SessionCorrected, SessionVoided
from invoicing.domain.corrections.comparison import BilledSession
from invoicing.domain.corrections.merge import redrafted
from invoicing.domain.corrections.proposals import propose
from invoicing.domain.drafts.drafting import Terms, draft, invoice_id_of
from invoicing.domain.invoice.credit_note import CreditNote
from invoicing.domain.invoice.events import InvoiceEvent, InvoiceVoided, drafted
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT, VOID, void
from invoicing.domain.receivables.account import Account, AccountKey, account_id_of, previous_balances
from invoicing.publishing import Cause, Publication, publish, record
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.usecases.pricing.load_terms import TermsKey, TermsLoader
from invoicing.usecases.receivables.settle_accounts import payers_of, settle_accounts
from kernel.actor import system
from kernel.change import Change

SessionEvent = SessionCompleted | SessionCorrected | SessionVoided
CLINICAL_SYSTEM = system("clinical.sessions")


async def hear_sessions(batch: Batch[SessionEvent], store: Store, terms: TermsLoader, change: Change) -> None:
    """Drafts, corrects, voids or proposes, an event at a time, in the order of the topic."""
    unit = batch.unit
    known = await _load(batch, store, terms)
    for heard in batch:
        with batch.judging(heard):
            known.apply(heard, change)
    await store.session_log.append(unit, [(event, known.day_of(event)) for event in batch.events], batch.attempt > 0)
    await store.invoices.save(unit, known.stored, known.publications)
    await store.voided_sessions.remember(unit, known.voided_first)
    gone = [p.subject for p in known.publications if isinstance(p.event, InvoiceVoided)]
    causes = dict.fromkeys(await payers_of(unit, store, gone), Cause(unit.traceparent))
    settlement = await settle_accounts(unit, store, causes, change)
    publish(unit, settlement.after(known.publications))


@dataclass(slots=True)
class _Sessions:
    """What is known of the sessions of one batch, and what becomes of it."""

    terms: Mapping[TermsKey, Terms]
    accounts: Mapping[AccountKey, Account]
    stored: dict[str, StoredInvoice]
    credit_notes: Mapping[str, Sequence[CreditNote]]
    voided: dict[str, int]
    now: dict[str, Invoice]
    voided_first: dict[str, int] = field(default_factory=dict)
    publications: list[Publication[InvoiceEvent]] = field(default_factory=list)

    def apply(self, heard: Heard[SessionEvent], change: Change) -> None:
        """One event; an old or repeated one changes nothing. Raises BusinessError."""
        event = heard.event
        invoice = self.now.get(_id(event))
        if invoice is not None and event.version <= (invoice.session_version or 0):
            return
        events = self._decide(event, invoice, change)
        self.now |= {happened.invoice.invoice_id: happened.invoice for happened in events}
        self.publications += record(events, Cause(heard.traceparent, heard.event_id))

    def _decide(self, event: SessionEvent, invoice: Invoice | None, change: Change) -> Sequence[InvoiceEvent]:
        if invoice is not None and invoice.status not in (DRAFT, VOID):
            return self._propose(event, invoice, change)
        if isinstance(event, SessionVoided):
            return self._void(event, invoice, change)
        if invoice is None and self.voided.get(_id(event), 0) >= event.version:
            return ()
        fresh, terms = self._draft(event, change)
        return (drafted(fresh) if invoice is None else redrafted(invoice, fresh, terms, change)).events

    def _void(self, event: SessionVoided, invoice: Invoice | None, change: Change) -> Sequence[InvoiceEvent]:
        if invoice is None:
            version = max(event.version, self.voided.get(_id(event), 0))
            self.voided[_id(event)] = self.voided_first[_id(event)] = version
            return ()
        return () if invoice.status == VOID else void(invoice, _because(event, change), event.version).events

    def _propose(self, event: SessionEvent, root: Invoice, change: Change) -> Sequence[InvoiceEvent]:
        """Nothing that is final changes."""
        supplements = [invoice for invoice in self.now.values() if invoice.supplement_to == root.invoice_id]
        billed = BilledSession(root, tuple(sorted(supplements, key=lambda s: s.drafted_at)), self.credit_notes)
        if isinstance(event, SessionVoided):
            return propose(billed, None, event.version, _because(event, change)).events
        return propose(billed, self._draft(event, change), event.version, change).events

    def _draft(self, event: SessionBody, change: Change) -> tuple[Invoice, Terms]:
        terms = self.terms[event.clinic_id, event.price_list_id]
        account = self.accounts.get((event.clinic_id, event.patient.patient_id))
        previous = () if account is None else previous_balances(account, terms.day_of(change.at))
        return draft(event, terms, change.at, change.by, previous), terms

    def day_of(self, event: SessionEvent) -> date | None:
        """The clinic's date on which the session was completed."""
        if isinstance(event, SessionVoided):
            return None
        return self.terms[event.clinic_id, event.price_list_id].day_of(event.completed_at)


async def _load(batch: Batch[SessionEvent], store: Store, loader: TermsLoader) -> _Sessions:
    unit, events = batch.unit, batch.events
    whole = [event for event in events if isinstance(event, SessionBody)]
    terms = await loader.load(
        unit,
        ((event.clinic_id, event.price_list_id) for event in whole),
        ((event.clinic_id, event.patient.patient_id) for event in whole),
    )
    # A completed session is taken for new, as it nearly always is; if its key is there, the next attempt looks.
    looked_up = [_id(event) for event in events if batch.attempt or not isinstance(event, SessionCompleted)]
    stored = await store.invoices.by_id(unit, looked_up)
    voided = await store.voided_sessions.of(unit, map(_id, events))
    ids = {account_id_of(event.clinic_id, event.patient.patient_id) for event in whole}
    accounts = {(a.clinic_id, a.patient_id): a for a in (await store.accounts.of(unit, ids)).values()}
    billed, credit_notes = await _billed(unit, store, stored)
    stored |= billed
    now = {id_: known.invoice for id_, known in stored.items()}
    return _Sessions(terms, accounts, stored, credit_notes, voided, now)


async def _billed(
    unit: Unit, store: Store, stored: Mapping[str, StoredInvoice]
) -> tuple[dict[str, StoredInvoice], dict[str, list[CreditNote]]]:
    """Supplements, and credit notes by invoice, of what is final already: that is seldom."""
    final = [known.invoice for known in stored.values() if known.invoice.status not in (DRAFT, VOID)]
    if not final:
        return {}, {}
    supplements = await store.invoices.supplements_to(unit, [invoice.invoice_id for invoice in final])
    credited = [i for i in (*final, *(known.invoice for known in supplements.values())) if i.credit_notes]
    return supplements, {i.invoice_id: await store.credit_notes.of(i.invoice_id, unit) for i in credited}


def _because(event: SessionVoided, change: Change) -> Change:
    return Change(change.at, change.by, event.reason or None)


def _id(event: SessionEvent | SessionBody) -> str:
    return invoice_id_of(event.clinic_id, event.session_id)
