"""From what was printed to what is kept: PDF/A-3b with the electronic invoice in it, as far as there can be either.

What cannot be is no reason to keep a patient waiting for their invoice: it is told, and the PDF is made without it.
"""

from collections.abc import Callable

from documents.adapters.pdf.archive import Description, archived
from documents.adapters.pdf.verification import NotArchivable
from documents.adapters.xml.schemas import NotValid
from documents.adapters.xml.terms import NoEInvoice


def finished(
    pdf: bytes, about: Description, e_invoice: Callable[[], bytes | None] | None
) -> tuple[bytes, tuple[str, ...]]:
    """The PDF, and codes of what it lacks. `e_invoice` makes the XML, of a document that has one."""
    xml, lacks = (None, ()) if e_invoice is None else _made(e_invoice)
    try:
        return archived(pdf, about, xml), lacks
    except NotArchivable as error:
        return pdf, (*lacks, f"pdf-a: {error.rule}")


def _made(e_invoice: Callable[[], bytes | None]) -> tuple[bytes | None, tuple[str, ...]]:
    try:
        return e_invoice(), ()
    except NoEInvoice as error:
        return None, (f"e-invoice: {error.message}",)
    except NotValid as error:
        return None, (f"e-invoice: invalid, {error}",)
