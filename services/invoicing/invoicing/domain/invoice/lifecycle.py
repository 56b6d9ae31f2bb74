"""Draft -> Finalized -> Paid -> Archived, and No charge, Void, Credited, Written off: the table, and the transitions.

Content never changes after finalizing.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final

from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.invoice.events import (
    InvoiceArchived,
    InvoiceFinalized,
    InvoiceOutcome,
    InvoicePaid,
    InvoiceRevised,
    InvoiceVoided,
    revised,
)
from invoicing.domain.invoice.invoice import (
    INSURER,
    InsurerClaim,
    Invoice,
    InvoiceStatus,
    IssuedTerms,
    PayerShare,
    Problem,
    Totals,
)
from invoicing.domain.invoice.parties import Seller
from invoicing.domain.invoice.payers import shares_of
from invoicing.domain.invoice.payment_reference import payment_reference
from invoicing.domain.invoice.schedule import as_issued
from invoicing.domain.invoice.totals import asked_minor, of_patient_minor
from invoicing.domain.pricing import goz
from kernel.change import Change
from kernel.currencies import why_not_new
from kernel.errors import Conflict, IllegalTransition
from kernel.money import Money, total
from kernel.outcome import Outcome
from kernel.value import replace


class Command(StrEnum):
    """What can be asked of an invoice."""

    EDIT = "be edited"
    FINALIZE = "be finalized"
    ALLOCATE = "take payments"
    ARCHIVE = "be archived"
    VOID = "be voided"
    MARK = "be marked"
    PLAN = "be paid in instalments"
    CREDIT = "be credited"
    WRITE_OFF = "be written off"


DRAFT: Final = "draft"
FINALIZED: Final = "finalized"
PAID: Final = "paid"
NO_CHARGE: Final = "no_charge"
CREDITED: Final = "credited"
WRITTEN_OFF: Final = "written_off"
ARCHIVED: Final = "archived"
VOID: Final = "void"
SYSTEM: Final = "system"
"""The role of who does what an event asks for."""
TABLE: dict[InvoiceStatus, frozenset[Command]] = {
    DRAFT: frozenset({Command.EDIT, Command.PLAN, Command.FINALIZE, Command.VOID}),
    FINALIZED: frozenset(
        {Command.ALLOCATE, Command.PLAN, Command.CREDIT, Command.WRITE_OFF, Command.VOID, Command.MARK}
    ),
    PAID: frozenset({Command.ALLOCATE, Command.CREDIT, Command.ARCHIVE, Command.MARK}),
    NO_CHARGE: frozenset({Command.ALLOCATE, Command.ARCHIVE, Command.VOID, Command.MARK}),
    ARCHIVED: frozenset({Command.ALLOCATE, Command.CREDIT, Command.MARK}),
    CREDITED: frozenset({Command.ALLOCATE, Command.MARK}),
    WRITTEN_OFF: frozenset({Command.ALLOCATE, Command.CREDIT, Command.MARK}),
    VOID: frozenset({Command.MARK}),
}
"""What each state allows. A refund opens a paid, archived or written off invoice again: it is finalized then."""


SESSION_CORRECTED: Final = "session-corrected"
SESSION_VOIDED: Final = "session-voided"
MAX_LACKS = 10
"""How many lines a refusal names."""
MARKS = (SESSION_CORRECTED, SESSION_VOIDED)
"""While what the session says later awaits a person's decision."""


def allow(invoice: Invoice, command: Command) -> None:
    """Raises IllegalTransition unless the table has it."""
    if command not in TABLE[invoice.status]:
        raise IllegalTransition(f"invoice {invoice.invoice_id}", invoice.status, command)


def following(invoice: Invoice, change: Change, **fields: object) -> Invoice:
    """The next version, with these fields changed."""
    return replace(
        invoice,
        version=invoice.version + 1,
        changed_at=change.at,
        changed_by=change.by,
        reason=change.reason,
        **fields,  # type: ignore[arg-type]
    )


def edit(invoice: Invoice, change: Change, *, note: str | None, due_on: date | None) -> InvoiceOutcome:
    """A draft's note and due date."""
    allow(invoice, Command.EDIT)
    return revised(following(invoice, change, note=note, due_on=due_on))


def fell_away(invoice: Invoice) -> bool:
    """Whether it is void because of what its session said, and not by a person; it never had a number then."""
    by = invoice.voided_by
    return invoice.status == VOID and invoice.number is None and by is not None and by.role == SYSTEM


def redraft(invoice: Invoice, fresh: Invoice, change: Change) -> Invoice:
    """The session was corrected: the draft is what the session now says; note, due date and plan stay.

    A draft that fell away with its session is there again when the session is. Raises IllegalTransition.
    """
    if not fell_away(invoice):
        allow(invoice, Command.EDIT)
    return replace(
        fresh,
        version=invoice.version + 1,
        note=invoice.note,
        due_on=invoice.due_on,
        instalments=invoice.instalments,
        drafted_at=invoice.drafted_at,
        changed_at=change.at,
        changed_by=change.by,
        reason=change.reason,
    )


def repriced(invoice: Invoice, fresh: Invoice, change: Change) -> InvoiceOutcome:
    """The draft with prices that were not known before."""
    allow(invoice, Command.EDIT)
    return revised(
        replace(fresh, version=invoice.version + 1, changed_at=change.at, changed_by=change.by, reason=change.reason)
    )


def unmarked(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Without what a later version of the session asks of a person."""
    return tuple(problem for problem in problems if problem not in MARKS)


def refuse_unfinished(invoice: Invoice) -> None:
    """Raises IllegalTransition when it is no draft; Conflict while it is unpriced, its clinic is not configured, its
    currency was withdrawn, or a line lacks what its fee schedule asks for (section 10(3) GOZ).

    An invoice has at least one line (EN 16931 BR-16).
    """
    allow(invoice, Command.FINALIZE)
    if not invoice.lines:
        raise Conflict("no-lines", f"invoice {invoice.invoice_id} has no lines: void it")
    withdrawn = why_not_new(invoice.currency)
    if withdrawn is not None:
        raise Conflict("currency-withdrawn", f"invoice {invoice.invoice_id} cannot be finalized: {withdrawn}")
    if invoice.problems:
        raise Conflict(
            invoice.problems[0], f"invoice {invoice.invoice_id} cannot be finalized: {', '.join(invoice.problems)}"
        )
    if lacks := list(islice(goz.lacking(invoice.lines), MAX_LACKS)):
        raise Conflict(
            lacks[0][0], f"invoice {invoice.invoice_id} cannot be finalized: {'; '.join(w for _, w in lacks)}"
        )


def finalize(invoice: Invoice, clinic: Clinic, number: str, change: Change, ahead_minor: int = 0) -> InvoiceOutcome:
    """Fixes content, seller, number, dates, and what is asked for. What costs nothing is no charge.

    Raises as `refuse_unfinished` and `as_issued`.

    `ahead_minor` is what of the patient's part is paid already. The invoice is due on the day that a person set, else
    with its last instalment, else by the clinic's payment terms.
    """
    refuse_unfinished(invoice)
    invoice = as_issued(invoice, ahead_minor)
    issued_on = clinic.local_date(change.at)
    last = invoice.instalments[-1].due_on if invoice.instalments else None
    after = following(
        invoice,
        change,
        status=FINALIZED if asked_minor(invoice.totals) else NO_CHARGE,
        number=number,
        payment_reference=payment_reference(clinic.clinic_id, number),
        seller=_seller(clinic),
        issued_on=issued_on,
        due_on=invoice.due_on or last or issued_on + timedelta(days=clinic.payment_terms_days),
        finalized_at=change.at,
        finalized_by=change.by,
        issued=_issued(invoice, ahead_minor),
        public_payer=clinic.public_payer(invoice.buyer.payer_ids),
    )
    after = after if after.insurance is None else replace(after, payers=shares_of(after))
    return Outcome(after, (InvoiceFinalized(after),))


def _issued(invoice: Invoice, ahead_minor: int) -> IssuedTerms:
    currency = invoice.currency
    insurers = tuple(
        InsurerClaim(share.payer_id or "", share.payer_name, share.amount)
        for share in shares_of(invoice)
        if share.part == INSURER and share.amount.amount_minor
    )
    asked_minor = of_patient_minor(invoice) - ahead_minor
    return IssuedTerms(insurers, Money(ahead_minor, currency), Money(asked_minor, currency))


def settled(invoice: Invoice, change: Change) -> Invoice:
    """The sums and the state that follow from each payer's allocations, credit and write-off; the version stays.

    The same object where they are so already. What was written off is no more than what is left: a late payment takes
    it back.
    """
    shares = shares_of(invoice)
    totals = _settled_totals(invoice, shares)
    status = _settled_status(invoice, totals)
    payers = shares if invoice.insurance is not None else ()
    if (totals, status, payers) == (invoice.totals, invoice.status, invoice.payers):
        return invoice
    closed = status in (PAID, ARCHIVED) and totals.paid.amount_minor > 0
    return replace(
        invoice,
        totals=totals,
        payers=payers,
        status=status,
        paid_at=(invoice.paid_at or change.at) if closed else None,
        paid_by=(invoice.paid_by or change.by) if closed else None,
        archived_at=invoice.archived_at if status == ARCHIVED else None,
        archived_by=invoice.archived_by if status == ARCHIVED else None,
    )


def _settled_totals(invoice: Invoice, shares: Sequence[PayerShare]) -> Totals:
    return replace(
        invoice.totals,
        paid=total((share.paid for share in shares), invoice.currency),
        due=total((share.open for share in shares), invoice.currency),
        written_off=total((share.written_off for share in shares), invoice.currency) if invoice.write_off else None,
    )


def _settled_status(invoice: Invoice, totals: Totals) -> InvoiceStatus:
    if totals.due.amount_minor:
        return FINALIZED
    if totals.written_off and totals.written_off.amount_minor:
        return WRITTEN_OFF
    if invoice.credit_notes and totals.credited.amount_minor == asked_minor(totals):
        return CREDITED
    if invoice.status == ARCHIVED:
        return ARCHIVED
    return PAID if totals.paid.amount_minor else NO_CHARGE


def closed(before: Invoice, after: Invoice) -> InvoicePaid | InvoiceRevised:
    """What happened where something was taken off what is asked for."""
    return InvoicePaid(after) if after.status == PAID != before.status else InvoiceRevised(after)


def archive(invoice: Invoice, change: Change) -> InvoiceOutcome:
    """Puts an invoice away that is paid, or was no charge."""
    allow(invoice, Command.ARCHIVE)
    after = following(invoice, change, status=ARCHIVED, archived_at=change.at, archived_by=change.by)
    return Outcome(after, (InvoiceArchived(after),))


def void(invoice: Invoice, change: Change, session_version: int | None = None) -> InvoiceOutcome:
    """The invoice counts for nothing. Raises Conflict when anything is paid: that takes a credit note and a refund.

    The same when some of it is credited: the rest is credited then, since both would take it back twice.
    """
    allow(invoice, Command.VOID)
    if invoice.credit_notes:
        raise Conflict("invoice-has-credit-notes", f"invoice {invoice.invoice_id} is credited in part: credit the rest")
    if invoice.allocations:
        raise Conflict(
            "invoice-has-payments", f"invoice {invoice.invoice_id} has payments: credit and refund it instead"
        )
    after = following(
        invoice,
        change,
        status=VOID,
        voided_at=change.at,
        voided_by=change.by,
        session_version=session_version or invoice.session_version,
        proposals=(),
        deviations=(),
        problems=unmarked(invoice.problems),
        payers=(),
    )
    return Outcome(after, (InvoiceVoided(after),))


def _seller(clinic: Clinic) -> Seller:
    return Seller(
        clinic_id=clinic.clinic_id,
        name=clinic.name,
        address=clinic.address,
        tax_id=clinic.tax_id,
        email=clinic.email,
        phone=clinic.phone,
        bank_account=clinic.bank_account,
        contact_name=clinic.contact_name,
        electronic_address=clinic.electronic_address,
        npi=clinic.npi,
    )
