"""An invoice or a credit note in either syntax, checked by its schema."""

from contracts.invoicing import CreditNoteIssued, Invoice
from documents.adapters.pdf.invoice.view import InvoiceView, invoice_view
from documents.adapters.xml.cii import cii
from documents.adapters.xml.elements import written
from documents.adapters.xml.of_credit_note import credit_note_terms
from documents.adapters.xml.of_invoice import invoice_terms
from documents.adapters.xml.schemas import check_cii, check_ubl
from documents.adapters.xml.terms import EInvoice, NoEInvoice
from documents.adapters.xml.ubl import ubl
from documents.domain.documents.e_invoice import Profile, Syntax


def invoice_xml(
    invoice: Invoice,
    profile: Profile = "en16931",
    syntax: Syntax = "cii",
    view: InvoiceView | None = None,
    supplements: str | None = None,
) -> bytes:
    """As it was issued: the same bytes whatever was paid since. `supplements` is the number of the invoice it adds to.

    `view` is that of the PDF, where there is one already.

    Raises NoEInvoice where the standard has no valid document for it, and NotValid.
    """
    if invoice.number is None or invoice.seller is None:
        raise NoEInvoice("it is not finalized")
    return _written(invoice_terms(invoice, view or invoice_view(invoice), profile, supplements), syntax)


def credit_note_xml(note: CreditNoteIssued, profile: Profile = "en16931", syntax: Syntax = "cii") -> bytes:
    """Raises as `invoice_xml`."""
    return _written(credit_note_terms(note, profile), syntax)


def _written(terms: EInvoice, syntax: Syntax) -> bytes:
    if syntax == "ubl":
        root = ubl(terms)
        check_ubl(root, terms.type_code)
    else:
        root = cii(terms)
        check_cii(root)
    return written(root)
