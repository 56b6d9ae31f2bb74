"""Electronic invoices for the service's own process, which loads lxml and Babel with the first that is asked for."""

from contracts.invoicing import CreditNoteIssued, Invoice
from documents.domain.documents.e_invoice import Profile, Syntax


def invoice_xml(invoice: Invoice, supplements: str | None, profile: Profile, syntax: Syntax) -> bytes:
    """Raises Conflict where the standard has no valid document for it."""
    from documents.adapters.xml import e_invoices

    return e_invoices.invoice_xml(invoice, profile, syntax, supplements=supplements)


def credit_note_xml(note: CreditNoteIssued, profile: Profile, syntax: Syntax) -> bytes:
    """Raises as `invoice_xml`."""
    from documents.adapters.xml import e_invoices

    return e_invoices.credit_note_xml(note, profile, syntax)
