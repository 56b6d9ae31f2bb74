"""View, template, PDF. Imported by worker processes only."""

import io
import os
import re
import unicodedata
from functools import partial
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pypdf import PdfReader
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.document import pisaDocument

from contracts.invoicing import Invoice
from documents.adapters.pdf.archive import Description
from documents.adapters.pdf.finishing import finished
from documents.adapters.pdf.fonts import FontsFailed, faces
from documents.adapters.pdf.invoice_view import invoice_view
from documents.adapters.xml.e_invoices import invoice_xml

TEMPLATES = Path(__file__).parent / "templates"
# Control characters, and the marks that turn the direction of what follows: no name needs them, a forger may.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+")


class NotPrinted(Exception):
    """xhtml2pdf reported errors."""


class Rendered(NamedTuple):
    """A PDF, how many pages it has, and codes of what it should be and is not."""

    content: bytes
    pages: int
    lacks: tuple[str, ...]


class InvoiceRenderer:
    """Renders one document at a time. The same snapshot gives the same bytes."""

    def __init__(self, font_dir: Path) -> None:
        found = faces(font_dir)
        if found is None:
            raise FontsFailed(f"there are no faces in {font_dir}")
        self._faces = found
        self._font_dir = font_dir
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=printable,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, snapshot: bytes, within_s: float) -> Rendered:
        """Raises ValueError for an invoice that is not finalized, NotPrinted, and whatever xhtml2pdf raises."""
        invoice = Invoice.model_validate_json(snapshot)
        view = invoice_view(invoice)
        template = self._environment.get_template("invoice.html")
        html = template.render(v=view, faces=self._faces, page_of=page_of)
        issued = invoice.finalized_at or invoice.changed_at
        pdf, pages = self._print(html, int(issued.timestamp()), within_s)
        title = printable(f"{view.words['invoice']} {view.number}")
        about = Description(str(title), str(printable(view.clinic)), view.lang, issued)
        e_invoice = None if invoice.status == "void" else partial(invoice_xml, invoice, view=view)
        content, lacks = finished(pdf, about, e_invoice)
        return Rendered(content, pages, lacks)

    def _print(self, html: str, epoch_s: int, within_s: float) -> tuple[bytes, int]:
        """Nothing but the faces can be read while it prints, and nothing at all over the network."""
        os.environ["SOURCE_DATE_EPOCH"] = str(epoch_s)
        policy = ResourceAccessPolicy.server(base_dir=self._font_dir, allow_remote=False, max_render_seconds=within_s)
        out = io.BytesIO()
        done = pisaDocument(html, out, resource_policy=policy)
        if done.err:
            raise NotPrinted(str(done.err))
        return out.getvalue(), len(PdfReader(out).pages)


def page_of(text: str) -> Markup:
    """ "Page {page} of {pages}" with xhtml2pdf's counters."""
    return Markup(text).format(page=Markup("<pdf:pagenumber>"), pages=Markup("<pdf:pagecount>"))


def printable(value: object) -> object:
    """Text as the faces have it: composed (NFC), without what cannot be seen."""
    if type(value) is not str:
        return value
    return unicodedata.normalize("NFC", _UNPRINTABLE.sub(" ", value))
