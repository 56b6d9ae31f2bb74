"""What of an invoice its patient has not paid in time, as it was heard last."""

from datetime import date

from contracts.invoicing import Invoice
from documents.domain.deliveries.reminders import Overdue
from documents.domain.documents.reminder import overdue
from documents.store import Store
from documents.usecases.documents.invoice_sheets import parts_of
from documents.usecases.documents.owed import owed_by_patient
from kernel.money import total

OPEN_QUESTIONS = frozenset({"session-voided", "session-corrected", "conflicting-edit"})
"""Problems of an invoice on which the clinic has to decide before it insists."""


def overdue_now(invoice: Invoice, today: date) -> Overdue | None:
    """None for what is paid, void, written off, or in question; and for an invoice that is due on no day."""
    if invoice.status != "finalized" or OPEN_QUESTIONS.intersection(invoice.problems):
        return None
    late = list(overdue(parts_of(invoice, today), owed_by_patient(invoice), today))
    return Overdue(total((part.amount for part in late), invoice.currency), late[0].due_on) if late else None


async def is_disputed(store: Store, invoice: Invoice) -> bool:
    """Whether a bank is being asked, by a cardholder, to take back a payment that is, or may be, for this invoice."""
    counted = {each.payment_id for each in invoice.allocations}
    return any(
        dispute.status in ("inquiry", "open")
        for payment in await store.payments.of_patient(invoice.clinic_id, invoice.patient_id)
        if payment.invoice_id in (None, invoice.invoice_id) or payment.payment_id in counted
        for dispute in payment.disputes
    )
