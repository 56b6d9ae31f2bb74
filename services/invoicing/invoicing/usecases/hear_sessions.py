"""What the clinical system says becomes drafts: one invoice a session, every procedure and material on it."""

from chassis.consumer import Batch
from chassis.kernel.clock import Clock
from chassis.records import Heard
from contracts.clinical import SessionBody, SessionCompleted, SessionCorrected, SessionVoided
from contracts.invoicing import Invoice as InvoiceEvent
from contracts.invoicing import InvoiceDrafted, InvoiceRevised, InvoiceVoided
from invoicing.domain.account import Account, account_id_of, previous_balances
from invoicing.domain.drafting import Terms, draft, invoice_id_of
from invoicing.domain.insurance import carried
from invoicing.domain.invoice import ActorRef, Invoice
from invoicing.domain.lifecycle import DRAFT, VOID, Change, mark, redraft, void
from invoicing.domain.merging import merged
from invoicing.store import Kept, Step, Store
from invoicing.usecases.settle import payers_of, settle_accounts
from invoicing.usecases.terms import TermsBook

SessionEvent = SessionCompleted | SessionCorrected | SessionVoided
Said = tuple[Invoice, type[InvoiceEvent]]
CLINICAL_SYSTEM = ActorRef("clinical.sessions", None, "system")


class HearSessions:
    """Handles batches of `clinical.sessions`."""

    def __init__(self, store: Store, terms: TermsBook, clock: Clock) -> None:
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
        accounts = {(a.clinic_id, a.patient_id): a for a in (await self._store.accounts(batch.unit, ids)).values()}
        hearing = _Hearing(terms, known, voided, accounts, change)
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


class _Hearing:
    """The invoices of one batch as they change, in the order of the topic."""

    def __init__(
        self,
        terms: dict[tuple[str, str | None], Terms],
        known: dict[str, Kept],
        voided: dict[str, int],
        accounts: dict[tuple[str, str], Account],
        change: Change,
    ) -> None:
        self.steps: list[Step] = []
        self.voided_first: dict[str, int] = {}
        self._terms = terms
        self._now = {id_: kept.invoice for id_, kept in known.items()}
        self._voided = voided
        self._accounts = accounts
        self._change = change

    def hear(self, heard: Heard[SessionEvent]) -> None:
        """One event; an old or repeated one changes nothing. Raises BusinessError."""
        event = heard.event
        invoice = self._now.get(_id(event))
        if invoice is not None and event.version <= (invoice.session_version or 0):
            return
        step = (
            self._voided_step(event, invoice) if isinstance(event, SessionVoided) else self._told_step(event, invoice)
        )
        if step is not None:
            self._now[step[0].invoice_id] = step[0]
            self.steps.append(Step(*step, heard.traceparent, heard.event_id))

    def _told_step(self, event: SessionBody, invoice: Invoice | None) -> Said | None:
        if invoice is not None and invoice.status not in (DRAFT, VOID):
            return mark(invoice, self._change, "session-corrected", event.version), InvoiceRevised
        if invoice is None and self._voided.get(_id(event), 0) >= event.version:
            return None
        terms = self._terms[event.clinic_id, event.price_list_id]
        account = self._accounts.get((event.clinic_id, event.patient.patient_id))
        previous = () if account is None else previous_balances(account, terms.day_of(self._change.at))
        fresh = draft(event, terms, self._change.at, self._change.by, previous)
        if invoice is None:
            return fresh, InvoiceDrafted
        mine = merged(invoice, fresh, terms)
        return carried(invoice, redraft(invoice, mine, self._change), terms.clinic), InvoiceRevised

    def _voided_step(self, event: SessionVoided, invoice: Invoice | None) -> Said | None:
        if invoice is None:
            version = max(event.version, self._voided.get(_id(event), 0))
            self._voided[_id(event)] = self.voided_first[_id(event)] = version
            return None
        change = Change(self._change.at, self._change.by, event.reason or None)
        if invoice.status == VOID:
            return None
        if invoice.status == DRAFT:
            return void(invoice, change, event.version), InvoiceVoided
        return mark(invoice, change, "session-voided", event.version), InvoiceRevised


def _id(event: SessionEvent | SessionBody) -> str:
    return invoice_id_of(event.clinic_id, event.session_id)
