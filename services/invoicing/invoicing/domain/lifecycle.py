"""Draft -> Finalized -> Paid -> Archived, and Void: the table, and the transitions.

Content never changes after finalizing.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chassis.kernel.errors import Conflict, IllegalTransition
from invoicing.domain.clinic import Clinic
from invoicing.domain.invoice import ActorRef, Invoice, Seller
from invoicing.domain.reference import payment_reference


class Command(StrEnum):
    """What can be asked of an invoice."""

    EDIT = "be edited"
    FINALIZE = "be finalized"
    ALLOCATE = "take payments"
    ARCHIVE = "be archived"
    VOID = "be voided"
    MARK = "be marked"


DRAFT, FINALIZED, PAID, ARCHIVED, VOID = "draft", "finalized", "paid", "archived", "void"
TABLE: dict[str, frozenset[Command]] = {
    DRAFT: frozenset({Command.EDIT, Command.FINALIZE, Command.VOID}),
    FINALIZED: frozenset({Command.ALLOCATE, Command.VOID, Command.MARK}),
    PAID: frozenset({Command.ALLOCATE, Command.ARCHIVE, Command.MARK}),
    ARCHIVED: frozenset({Command.ALLOCATE, Command.MARK}),
    VOID: frozenset(),
}
"""What each state allows. A refund opens a paid or archived invoice again: it is finalized then."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes what when, and why."""

    at: datetime
    by: ActorRef
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as invoicing knows it; `settled_minor` is what counts, after refunds and disputes.

    `part` says who paid: the patient or his insurer.
    """

    payment_id: str
    clinic_id: str
    patient_id: str
    invoice_id: str | None
    settled_minor: int
    currency: str
    method: str
    received_at: datetime
    part: str = "patient"


def allow(invoice: Invoice, command: Command) -> None:
    """Raises IllegalTransition unless the table has it."""
    if command not in TABLE[invoice.status]:
        raise IllegalTransition(f"invoice {invoice.invoice_id}", invoice.status, command)


def _next(invoice: Invoice, change: Change, **fields: object) -> Invoice:
    return replace(
        invoice,
        version=invoice.version + 1,
        changed_at=change.at,
        changed_by=change.by,
        reason=change.reason,
        **fields,  # type: ignore[arg-type]
    )


def edit(invoice: Invoice, change: Change, *, note: str | None, due_on: date | None) -> Invoice:
    """A draft's note and due date."""
    allow(invoice, Command.EDIT)
    return _next(invoice, change, note=note, due_on=due_on)


def redraft(invoice: Invoice, fresh: Invoice, change: Change) -> Invoice:
    """The clinical system corrected the session: the draft is what the session now says; note and due date stay."""
    allow(invoice, Command.EDIT)
    return replace(
        fresh,
        version=invoice.version + 1,
        note=invoice.note,
        due_on=invoice.due_on,
        drafted_at=invoice.drafted_at,
        changed_at=change.at,
        changed_by=change.by,
        reason=change.reason,
    )


def repriced(invoice: Invoice, fresh: Invoice, change: Change) -> Invoice:
    """The draft with prices that were not known before."""
    allow(invoice, Command.EDIT)
    return replace(fresh, version=invoice.version + 1, changed_at=change.at, changed_by=change.by, reason=change.reason)


def mark(invoice: Invoice, change: Change, problem: str, session_version: int) -> Invoice:
    """The session was corrected or voided too late: a person has to look. The content stays."""
    allow(invoice, Command.MARK)
    problems = invoice.problems if problem in invoice.problems else (*invoice.problems, problem)
    return _next(invoice, change, problems=problems, session_version=session_version)


def refuse_unfinished(invoice: Invoice) -> None:
    """Raises IllegalTransition when it is no draft; Conflict while it is unpriced or its clinic is not configured."""
    allow(invoice, Command.FINALIZE)
    if invoice.problems:
        raise Conflict(
            invoice.problems[0], f"invoice {invoice.invoice_id} cannot be finalized: {', '.join(invoice.problems)}"
        )


def finalize(invoice: Invoice, clinic: Clinic, number: str, change: Change) -> Invoice:
    """Fixes content, seller, number and dates. Raises as `refuse_unfinished`."""
    refuse_unfinished(invoice)
    issued_on = clinic.local_date(change.at)
    return _next(
        invoice,
        change,
        status=FINALIZED,
        number=number,
        payment_reference=payment_reference(clinic.clinic_id, number),
        seller=_seller(clinic),
        issued_on=issued_on,
        due_on=invoice.due_on or issued_on + timedelta(days=clinic.payment_terms_days),
        finalized_at=change.at,
    )


def archive(invoice: Invoice, change: Change) -> Invoice:
    """Puts a paid invoice away."""
    allow(invoice, Command.ARCHIVE)
    return _next(invoice, change, status=ARCHIVED, archived_at=change.at)


def void(invoice: Invoice, change: Change, session_version: int | None = None) -> Invoice:
    """The invoice counts for nothing. Raises Conflict when anything is paid: that takes a credit note and a refund."""
    allow(invoice, Command.VOID)
    if invoice.allocations:
        raise Conflict(
            "invoice-has-payments", f"invoice {invoice.invoice_id} has payments: credit and refund it instead"
        )
    return _next(
        invoice, change, status=VOID, voided_at=change.at, session_version=session_version or invoice.session_version
    )


def _seller(clinic: Clinic) -> Seller:
    return Seller(
        clinic_id=clinic.clinic_id,
        name=clinic.name,
        address=clinic.address,
        tax_id=clinic.tax_id,
        email=clinic.email,
        phone=clinic.phone,
        bank_account=clinic.bank_account,
    )
