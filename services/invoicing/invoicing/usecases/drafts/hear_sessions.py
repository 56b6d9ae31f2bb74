"""What the clinical system says becomes drafts: one invoice a session, every procedure and material on it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from chassis.messaging.consumer import Batch
from chassis.messaging.outbox import Unit
from contracts.clinical import SessionCompleted, SessionCorrected, SessionVoided
from invoicing.domain.corrections.session_batch import SessionBatch
from invoicing.domain.drafts.drafting import invoice_id_of
from invoicing.domain.invoice.credit_note import CreditNote
from invoicing.domain.invoice.events import InvoiceEvent, InvoiceVoided
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import DRAFT, VOID, fell_away
from invoicing.domain.patients.patient import Patient, latest, source_of
from invoicing.publishing import Cause, publish, record_each
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice
from invoicing.store.pricing import TermsLoader
from invoicing.store.session_log import SessionEntry, SessionEvent
from invoicing.usecases.receivables.settle_accounts import payers_of, settle_accounts
from kernel.actor import system
from kernel.change import Change

WholeSession = SessionCompleted | SessionCorrected
CLINICAL_SYSTEM = system("clinical.sessions")


async def hear_sessions(batch: Batch[SessionEvent], store: Store, terms: TermsLoader, change: Change) -> None:
    """Drafts, corrects, voids or proposes, an event at a time, in the order of the topic; keeps who was treated."""
    unit = batch.unit
    ids = [invoice_id_of(event.clinic_id, event.session_id) for event in batch.events]
    stored = await _load_invoices(batch, store, ids)
    sessions = await _load_sessions(batch, store, terms, ids, stored)
    await store.session_log.append(unit, _entries(ids, batch.events, sessions), look=batch.attempt > 0)
    happened, followed = _decide(batch, sessions, change)
    publications = record_each(happened)
    await store.patients.learn(unit, latest([_patient(session) for session in followed]))
    if sessions.voided_first:
        await store.session_log.remember_voided(unit, sessions.voided_first)
    turned = [p.subject for p in publications if isinstance(p.event, InvoiceVoided) or _is_back(stored, p.event)]
    if payers := await payers_of(unit, store, turned) if turned else ():
        causes = dict.fromkeys(payers, Cause(unit.traceparent))
        await settle_accounts(unit, store, stored, publications, causes, change)
    else:
        await store.invoices.save(unit, stored, publications)
        publish(unit, publications)


def _is_back(stored: Mapping[str, StoredInvoice], event: InvoiceEvent) -> bool:
    """Whether money that names it was free, and waits for it again."""
    known = stored.get(event.invoice.invoice_id)
    return known is not None and known.invoice.status == VOID != event.invoice.status


def _decide(
    batch: Batch[SessionEvent], sessions: SessionBatch, change: Change
) -> tuple[list[tuple[InvoiceEvent, Cause]], list[WholeSession]]:
    """What happens, and why; and what was good of what tells a session.

    What is wrong with one event goes to the dead letter, and costs no other.
    """
    happened: list[tuple[InvoiceEvent, Cause]] = []
    followed: list[WholeSession] = []
    for heard in batch:
        cause = Cause(heard.traceparent, heard.event_id)
        with batch.judging(heard):
            match heard.event:
                case SessionVoided() as voided:
                    events = sessions.cancel(voided, change)
                case SessionCompleted() | SessionCorrected() as session:
                    events = sessions.follow(session, change)
                    followed.append(session)
                case _:
                    assert_never(heard.event)
            happened += [(event, cause) for event in events]
    return happened, followed


async def _load_invoices(batch: Batch[SessionEvent], store: Store, ids: Sequence[str]) -> dict[str, StoredInvoice]:
    """With what supplements those that are final already: that is seldom.

    A completed session is taken for new, as it nearly always is; if its key is there, the next attempt looks.
    """
    unsure = [
        id_
        for id_, event in zip(ids, batch.events, strict=True)
        if batch.attempt or not isinstance(event, SessionCompleted)
    ]
    if not unsure:
        return {}
    stored = await store.invoices.by_id(batch.unit, unsure)
    final = [id_ for id_, known in stored.items() if known.invoice.status != DRAFT and not fell_away(known.invoice)]
    return stored | (await store.invoices.supplements_to(batch.unit, final) if final else {})


async def _load_sessions(
    batch: Batch[SessionEvent],
    store: Store,
    terms: TermsLoader,
    ids: Sequence[str],
    stored: Mapping[str, StoredInvoice],
) -> SessionBatch:
    unit, whole = batch.unit, _whole(batch.events)
    patients = {(event.clinic_id, event.patient.patient_id) for event in whole}
    return SessionBatch(
        terms=await terms.load(unit, [(event.clinic_id, event.price_list_id) for event in whole], patients),
        invoices={id_: known.invoice for id_, known in stored.items()},
        accounts=await store.accounts.of(unit, patients),
        credit_notes=await _credit_notes(unit, store, [known.invoice for known in stored.values()]),
        voided=await store.session_log.voided(unit, ids),
    )


async def _credit_notes(unit: Unit, store: Store, invoices: Iterable[Invoice]) -> dict[str, list[CreditNote]]:
    """By invoice."""
    credited = [invoice.invoice_id for invoice in invoices if invoice.credit_notes]
    return {invoice_id: await store.credit_notes.of(invoice_id, unit) for invoice_id in credited}


def _entries(ids: Sequence[str], events: Sequence[SessionEvent], sessions: SessionBatch) -> list[SessionEntry]:
    """For the log: a session that is void has no day."""
    return [
        (
            id_,
            event,
            None
            if isinstance(event, SessionVoided)
            else sessions.terms[event.clinic_id, event.price_list_id].day_of(event.completed_at),
        )
        for id_, event in zip(ids, events, strict=True)
    ]


def _patient(session: WholeSession) -> Patient:
    source = source_of(session.completed_at, session.version, session.session_id)
    patient = session.patient
    return Patient(session.clinic_id, patient.patient_id, patient.name, patient.birth_date, source)


def _whole(events: Iterable[SessionEvent]) -> list[WholeSession]:
    return [event for event in events if not isinstance(event, SessionVoided)]
