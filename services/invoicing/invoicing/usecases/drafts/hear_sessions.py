"""What the clinical system says becomes drafts: one invoice a session, every procedure and material on it."""

from dataclasses import dataclass

from chassis.messaging.consumer import Batch
from chassis.messaging.outbox import Unit
from chassis.messaging.reading import Heard
from contracts.clinical import SessionBody, SessionCompleted, SessionCorrected, SessionVoided
from contracts.invoicing import Invoice as InvoiceEvent
from contracts.invoicing import InvoiceDrafted, InvoiceRevised, InvoiceVoided
from invoicing.domain.corrections.comparison import BilledSession
from invoicing.domain.corrections.merge import merged
from invoicing.domain.corrections.proposals import propose
from invoicing.domain.drafts.drafting import Terms, draft, invoice_id_of
from invoicing.domain.insurance.split import carried
from invoicing.domain.invoice.credit_note import CreditNote
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT, VOID, redraft, void
from invoicing.domain.receivables.account import Account, account_id_of, previous_balances
from invoicing.store import Kept, Step, Store
from invoicing.usecases.pricing.load_terms import TermsLoader
from invoicing.usecases.receivables.settle_accounts import payers_of, settle_accounts
from kernel.actor import Actor
from kernel.change import Change
from kernel.clock import Clock

SessionEvent = SessionCompleted | SessionCorrected | SessionVoided
Said = tuple[Invoice, type[InvoiceEvent]]
CLINICAL_SYSTEM = Actor("clinical.sessions", None, "system")


class HearSessions:
    """Handles batches of `clinical.sessions`."""

    def __init__(self, store: Store, terms: TermsLoader, clock: Clock) -> None:
        self._store = store
        self._terms = terms
        self._clock = clock

    async def __call__(self, batch: Batch[SessionEvent]) -> None:
        events = batch.events
        told = [e for e in events if isinstance(e, SessionBody)]
        terms = await self._terms.of(
            batch.unit,
            ((e.clinic_id, e.price_list_id) for e in told),
            ((e.clinic_id, e.patient.patient_id) for e in told),
        )
        known = await self._known(batch, events)
        voided = await self._store.voided_sessions(batch.unit, map(_id, events))
        change = Change(self._clock(), CLINICAL_SYSTEM)
        ids = {account_id_of(e.clinic_id, e.patient.patient_id) for e in told}
        accounts = {(a.clinic_id, a.patient_id): a for a in (await self._store.accounts.of(batch.unit, ids)).values()}
        late = await self._families(batch.unit, known)
        known |= late.supplements
        hearing = _Hearing(terms, known, voided, accounts, late, change)
        for heard in batch:
            with batch.judging(heard):
                hearing.hear(heard)
        await self._store.heard.keep(
            batch.unit,
            events,
            lambda e: terms[e.clinic_id, e.price_list_id].day_of(e.completed_at),
            look=batch.attempt > 0,
        )
        gone = [step.invoice.invoice_id for step in hearing.steps if step.event is InvoiceVoided]
        causes = await payers_of(batch.unit, self._store, gone)
        await settle_accounts(batch.unit, self._store, causes, change, known, hearing.steps)
        await self._store.remember_voided(batch.unit, hearing.voided_first)

    async def _known(self, batch: Batch[SessionEvent], events: list[SessionEvent]) -> dict[str, Kept]:
        """A completed session is taken for new, as it nearly always is; if its key is there, the next attempt looks."""
        ids = [_id(e) for e in events if batch.attempt or not isinstance(e, SessionCompleted)]
        return await self._store.invoices(batch.unit, {"_id": {"$in": ids}}) if ids else {}

    async def _families(self, unit: Unit, known: dict[str, Kept]) -> "_Late":
        """What was billed of the sessions that say something after their invoices are final; that is seldom."""
        late = [kept.invoice for kept in known.values() if kept.invoice.status not in (DRAFT, VOID)]
        if not late:
            return _Late({}, {})
        ids = {"$in": [invoice.invoice_id for invoice in late]}
        supplements = await self._store.invoices(unit, {"supplement_to": ids})
        family = [*late, *(kept.invoice for kept in supplements.values())]
        return _Late(
            supplements,
            {i.invoice_id: await self._store.credit_notes.of(i.invoice_id, unit) for i in family if i.credit_notes},
        )


@dataclass(frozen=True, slots=True)
class _Late:
    """Supplements by id, and credit notes by the invoice that they are of."""

    supplements: dict[str, Kept]
    notes: dict[str, list[CreditNote]]


class _Hearing:
    """The invoices of one batch as they change, in the order of the topic."""

    def __init__(
        self,
        terms: dict[tuple[str, str | None], Terms],
        known: dict[str, Kept],
        voided: dict[str, int],
        accounts: dict[tuple[str, str], Account],
        late: _Late,
        change: Change,
    ) -> None:
        self.steps: list[Step] = []
        self.voided_first: dict[str, int] = {}
        self._terms = terms
        self._now = {id_: kept.invoice for id_, kept in known.items()}
        self._voided = voided
        self._accounts = accounts
        self._late = late
        self._change = change

    def hear(self, heard: Heard[SessionEvent]) -> None:
        """One event; an old or repeated one changes nothing. Raises BusinessError."""
        event = heard.event
        invoice = self._now.get(_id(event))
        if invoice is not None and event.version <= (invoice.session_version or 0):
            return
        if invoice is not None and invoice.status not in (DRAFT, VOID):
            said = self._late_steps(event, invoice)
        elif isinstance(event, SessionVoided):
            said = self._voided_steps(event, invoice)
        else:
            said = self._told_steps(event, invoice)
        for one in said:
            self._now[one[0].invoice_id] = one[0]
            self.steps.append(Step(*one, heard.traceparent, heard.event_id))

    def _told_steps(self, event: SessionBody, invoice: Invoice | None) -> list[Said]:
        if invoice is None and self._voided.get(_id(event), 0) >= event.version:
            return []
        fresh, terms = self._drafted(event)
        if invoice is None:
            return [(fresh, InvoiceDrafted)]
        mine = merged(invoice, fresh, terms)
        return [(carried(invoice, redraft(invoice, mine, self._change), terms.clinic), InvoiceRevised)]

    def _voided_steps(self, event: SessionVoided, invoice: Invoice | None) -> list[Said]:
        if invoice is None:
            version = max(event.version, self._voided.get(_id(event), 0))
            self._voided[_id(event)] = self.voided_first[_id(event)] = version
            return []
        if invoice.status == VOID:
            return []
        return [(void(invoice, self._because(event), event.version), InvoiceVoided)]

    def _late_steps(self, event: SessionEvent, root: Invoice) -> list[Said]:
        """It changes nothing that is final: it proposes."""
        supplements = [one for one in self._now.values() if one.supplement_to == root.invoice_id]
        family = BilledSession(root, tuple(sorted(supplements, key=lambda one: one.drafted_at)), self._late.notes)
        if isinstance(event, SessionVoided):
            after = propose(family, None, event.version, self._because(event))
        else:
            after = propose(family, self._drafted(event), event.version, self._change)
        return [(one, InvoiceVoided if one.status == VOID else InvoiceRevised) for one in after]

    def _drafted(self, event: SessionBody) -> tuple[Invoice, Terms]:
        terms = self._terms[event.clinic_id, event.price_list_id]
        account = self._accounts.get((event.clinic_id, event.patient.patient_id))
        previous = () if account is None else previous_balances(account, terms.day_of(self._change.at))
        return draft(event, terms, self._change.at, self._change.by, previous), terms

    def _because(self, event: SessionVoided) -> Change:
        return Change(self._change.at, self._change.by, event.reason or None)


def _id(event: SessionEvent | SessionBody) -> str:
    return invoice_id_of(event.clinic_id, event.session_id)
