"""What is printed of an invoice for who asks: its submission to an insurer, its instalment plan, a reminder."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts.invoicing import Invoice
from documents.domain.documents.reminder import Part, Step, overdue, step_of
from documents.facts import InstalmentPlanFacts, OverduePart, ReminderFacts, SubmissionFacts
from documents.store import Store
from documents.usecases.documents.invoice_source import number_of
from documents.usecases.documents.owed import owed_by_patient
from documents.usecases.documents.sources import Sheets
from kernel.errors import Conflict
from kernel.money import total


def submission_sheets(invoice: Invoice, payer_id: str | None) -> Sheets:
    """To this insurer, or the first. Raises Conflict for what is not final, or void, and where they pay nothing."""
    number = _standing(invoice)
    claims = [share.payer_id for share in invoice.payers if share.part == "insurer" and share.payer_id]
    if not claims and invoice.insurance is not None:
        claims = [invoice.insurance.payer_id]
    chosen = payer_id if payer_id is not None else next(iter(claims), None)
    if chosen is None or chosen not in claims:
        raise Conflict("no-claim", f"{invoice.invoice_id} asks nothing of this insurer")
    facts = SubmissionFacts(invoice=invoice, payer_id=chosen)
    return Sheets("submission", facts.model_dump_json().encode(), f"{number}-submission")


def instalment_plan_sheets(invoice: Invoice) -> Sheets:
    """Raises Conflict for what is not final, or void, and where there is no plan."""
    number = _standing(invoice)
    if not invoice.instalments:
        raise Conflict("no-instalments", f"{invoice.invoice_id} has no instalments")
    facts = InstalmentPlanFacts(invoice=invoice)
    return Sheets("instalment_plan", facts.model_dump_json().encode(), f"{number}-instalments")


async def reminder_sheets(store: Store, invoice: Invoice, step: Step | None, now: datetime) -> Sheets:
    """Of what the patient should have paid by today at the clinic: the instalments that are past their day, or all.

    The step is by how long the oldest of it is overdue, unless it is said.

    Raises Conflict for what is not final, or void, and where nothing is overdue.
    """
    number = _standing(invoice)
    clinic = await store.clinics.find(invoice.clinic_id)
    today = now.astimezone(ZoneInfo(clinic.time_zone)).date() if clinic else now.date()
    late = list(overdue(parts_of(invoice, today), owed_by_patient(invoice), today))
    found = step_of(late[0].due_on, today) if late else None
    if found is None:
        raise Conflict("nothing-overdue", f"of {invoice.invoice_id} nothing is overdue that the patient owes")
    facts = ReminderFacts(
        invoice=invoice,
        open=total((part.amount for part in late), invoice.currency),
        step=step or found,
        as_of=today,
        parts=tuple(OverduePart(number=part.number, due_on=part.due_on, open=part.amount) for part in late),
    )
    return Sheets("reminder", facts.model_dump_json().encode(), f"{number}-reminder")


def _standing(invoice: Invoice) -> str:
    number = number_of(invoice)
    if invoice.status == "void":
        raise Conflict("invoice-void", f"{invoice.invoice_id} is void: it asks for nothing")
    return number


def parts_of(invoice: Invoice, today: date) -> list[Part]:
    """In the order of their days."""
    plan = [Part(part.number, part.due_on, part.amount) for part in invoice.instalments]
    return sorted(plan, key=lambda part: part.due_on) or [Part(None, invoice.due_on or today, owed_by_patient(invoice))]
