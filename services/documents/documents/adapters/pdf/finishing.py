"""From what was printed to what is kept: PDF/A-3b with the electronic invoice in it, as far as there can be either.

What cannot be is no reason to keep a patient waiting for their invoice: it is told, and the PDF is made without it.
"""

from collections.abc import Callable
from typing import NamedTuple

from documents.adapters.pdf.archive import Description, archived
from documents.adapters.pdf.verification import NotArchivable
from documents.adapters.xml.schemas import NotValid
from documents.adapters.xml.terms import NoEInvoice


class Finished(NamedTuple):
    """A PDF, the XML that is in it, and codes of what it lacks."""

    content: bytes
    e_invoice: bytes | None
    lacks: tuple[str, ...]


def finished(pdf: bytes, about: Description, e_invoice: Callable[[], bytes | None] | None) -> Finished:
    """`e_invoice` makes the XML, of a document that has one."""
    xml, lacks = (None, ()) if e_invoice is None else _made(e_invoice)
    try:
        return Finished(archived(pdf, about, xml), xml, lacks)
    except NotArchivable as error:
        return Finished(pdf, None, (*lacks, f"pdf-a: {error.rule}"))


def _made(e_invoice: Callable[[], bytes | None]) -> tuple[bytes | None, tuple[str, ...]]:
    try:
        return e_invoice(), ()
    except NoEInvoice as error:
        return None, (f"e-invoice: {error.message}",)
    except NotValid as error:
        return None, (f"e-invoice: invalid, {error}",)
