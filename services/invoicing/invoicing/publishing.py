"""Domain events as they go out: the one place where they become events of the wire.

An invoice is published, journaled and stored as the same bytes, so its snapshot is encoded here, once. msgspec writes
it in half of pydantic's time.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, TypeVar, assert_never

import msgspec
import structlog

from chassis.messaging.outbox import Unit
from chassis.messaging.size import is_too_large, refuse_too_large
from contracts import invoicing as wire
from contracts.envelope import Event, account_key
from contracts.values import ActorRef
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.completeness.alarms import ItemsUnbilled
from invoicing.domain.invoice import events
from invoicing.domain.invoice.credit_note import CreditNote, CreditNoteIssued
from invoicing.domain.invoice.events import InvoiceEvent
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import VOID
from invoicing.domain.receivables.account import Account, AccountBalanceChanged
from kernel.change import Change
from kernel.value import value

log = structlog.get_logger(__name__)
DomainEvent = InvoiceEvent | CreditNoteIssued | AccountBalanceChanged | ItemsUnbilled
E = TypeVar("E", bound=DomainEvent)
E_co = TypeVar("E_co", bound=DomainEvent, covariant=True)
_CHECK = ActorRef(actor_id="completeness-check", name=None, role="system")
_ENCODER = msgspec.json.Encoder()


@value
class Cause:
    """What made something happen: its trace, and its id where it was an event."""

    traceparent: str | None = None
    event_id: str | None = None


@value
class Publication(Generic[E_co]):
    """An event as it goes out, beside the domain's own."""

    event: E_co
    type: type[Event]
    subject: str
    version: int
    key: str
    at: datetime
    snapshot: bytes
    cause: Cause


def snapshot(aggregate: Invoice | CreditNote | Account) -> bytes:
    """The JSON of events, of the journal and of the API."""
    return _ENCODER.encode(aggregate)


def record(happened: Iterable[E], cause: Cause) -> list[Publication[E]]:
    """The events, encoded, to be saved and published."""
    return [_publication(event, cause) for event in happened]


def record_each(happened: Iterable[tuple[E, Cause]]) -> list[Publication[E]]:
    """As `record`, each event with a cause of its own."""
    return [_publication(event, cause) for event, cause in happened]


def publish(unit: Unit, publications: Iterable[Publication[DomainEvent]]) -> None:
    """They go out when the transaction is committed.

    A draft that is too large for who reads it is told once it is smaller: nobody acts on it, and it becomes no invoice.
    Raises EventTooLarge for anything else.
    """
    for publication in publications:
        if _is_unfinished(publication.event) and is_too_large(publication.type, publication.snapshot):
            log.warning("draft-too-large-to-tell", invoice_id=publication.subject, bytes=len(publication.snapshot))
            continue
        unit.say_json(
            publication.type,
            publication.snapshot,
            subject=publication.subject,
            version=publication.version,
            key=publication.key,
            at=publication.at,
            traceparent=publication.cause.traceparent,
        )


def tell_profile(unit: Unit, clinic: Clinic, change: Change) -> None:
    """What other services need of a profile goes out when the transaction is committed."""
    by = change.by
    unit.say(
        wire.ClinicConfigured(
            clinic_id=clinic.clinic_id,
            version=clinic.version,
            name=clinic.name,
            currency=clinic.currency,
            time_zone=clinic.time_zone,
            country=clinic.address.country,
            look=wire.ClinicLook(paper=clinic.look.paper, colour=clinic.look.colour, footer=clinic.look.footer),
            changed_at=change.at,
            changed_by=ActorRef(actor_id=by.actor_id, name=by.name, role=by.role),
        ),
        at=change.at,
    )


def refuse_growth(before: Invoice, publications: Iterable[Publication[InvoiceEvent]]) -> None:
    """Raises EventTooLarge where a command makes an invoice larger, and too large to be told; smaller is free."""
    for publication in publications:
        type_, after = publication.type, publication.snapshot
        own = publication.subject == before.invoice_id and publication.event.invoice.status != VOID
        if own and is_too_large(type_, after) and len(after) > len(snapshot(before)):
            refuse_too_large(type_, publication.subject, after)


def _is_unfinished(event: DomainEvent) -> bool:
    kinds = events.InvoiceDrafted | events.InvoiceRevised | events.InvoiceVoided
    return isinstance(event, kinds) and event.invoice.number is None


def _publication(event: E, cause: Cause) -> Publication[E]:
    happened: DomainEvent = event
    match happened:
        case CreditNoteIssued(credit_note=note):
            key = account_key(note.clinic_id, note.patient_id)
            return Publication(
                event, wire.CreditNoteIssued, note.credit_note_id, 1, key, note.changed_at, snapshot(note), cause
            )
        case AccountBalanceChanged(account=account):
            key = account_key(account.clinic_id, account.patient_id)
            changed = wire.AccountBalanceChanged
            return Publication(
                event, changed, account.account_id, account.version, key, account.changed_at, snapshot(account), cause
            )
        case ItemsUnbilled():
            alarm = _items_unbilled(happened)
            json = alarm.model_dump_json().encode()
            return Publication(event, type(alarm), alarm.subject, alarm.version, alarm.key, happened.at, json, cause)
        case _:
            invoice = happened.invoice
            key = account_key(invoice.clinic_id, invoice.patient_id)
            type_ = _invoice_type(happened)
            return Publication(
                event, type_, invoice.invoice_id, invoice.version, key, invoice.changed_at, snapshot(invoice), cause
            )


def _invoice_type(event: InvoiceEvent) -> type[wire.Invoice]:
    match event:
        case events.InvoiceDrafted():
            return wire.InvoiceDrafted
        case events.InvoiceRevised():
            return wire.InvoiceRevised
        case events.InvoiceFinalized():
            return wire.InvoiceFinalized
        case events.InvoicePaymentApplied():
            return wire.InvoicePaymentApplied
        case events.InvoicePaid():
            return wire.InvoicePaid
        case events.InvoiceArchived():
            return wire.InvoiceArchived
        case events.InvoiceVoided():
            return wire.InvoiceVoided
        case _:
            assert_never(event)


def _items_unbilled(event: ItemsUnbilled) -> wire.ItemsUnbilled:
    session = event.session
    return wire.ItemsUnbilled(
        alarm_id=event.alarm_id,
        invoice_id=session.invoice_id,
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        session_id=session.session_id,
        version=event.version,
        completed_at=session.completed_at,
        limit_hours=event.limit_hours,
        items=tuple(
            wire.UnbilledItem.model_validate(
                {
                    "kind": fate.item.kind,
                    "source_id": fate.item.source_id,
                    "code": fate.item.code,
                    "quantity": fate.item.quantity,
                    "state": fate.state,
                }
            )
            for fate in event.items
        ),
        changed_at=event.at,
        changed_by=_CHECK,
    )
