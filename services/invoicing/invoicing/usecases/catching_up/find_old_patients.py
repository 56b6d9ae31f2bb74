"""Patients who are known from before they were searched for are found, by the names on their invoices."""

from datetime import datetime

from chassis.messaging.outbox import Outbox, Unit
from invoicing.domain.drafts.drafting import invoice_id_of
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.patients.patient import Patient, latest, source_of
from invoicing.store import Store
from invoicing.usecases.catching_up.once import Once
from kernel.clock import Clock

NAME = "old-patients-found"
PAGE = 200


def find_old_patients(store: Store, outbox: Outbox, clock: Clock) -> Once:
    """What a session says now, and what one that ended later said, is newer than an invoice of before."""

    async def page(unit: Unit, after: str) -> str:
        invoices = await store.invoices.after(unit, after, PAGE)
        versions = [(_of_session(invoice), invoice.session_version or 0) for invoice in invoices]
        completed = await store.session_log.completed(unit, versions)
        found = [_patient(invoice, completed.get(version)) for invoice, version in zip(invoices, versions, strict=True)]
        await store.patients.learn(unit, latest(found))
        return invoices[-1].invoice_id if invoices else ""

    return Once(NAME, page, store.checks, outbox, clock)


def _of_session(invoice: Invoice) -> str:
    """The id that the log has its session under: that of the session's first invoice."""
    return invoice_id_of(invoice.clinic_id, invoice.session_id or "")


def _patient(invoice: Invoice, completed_at: datetime | None) -> Patient:
    source = source_of(completed_at or invoice.drafted_at, invoice.session_version or 0, invoice.session_id or "")
    buyer = invoice.buyer
    return Patient(invoice.clinic_id, invoice.patient_id, buyer.name, buyer.birth_date, source)
