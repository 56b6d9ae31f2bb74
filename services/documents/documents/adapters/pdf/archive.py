"""The step after printing: a PDF becomes PDF/A-3b (ISO 19005-3), with the electronic invoice in it where there is one.

What is written is read again and verified before anybody gets it. Same input, same bytes: every date is that of the
document, and the identifier follows from the content. Imported by worker processes only.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime

import pikepdf
from pikepdf import AttachedFileSpec, Dictionary, Name, Pdf, String, pdfa

from documents.adapters.pdf.verification import FLAVOUR, saved, verify
from documents.adapters.pdf.xmp import packet

FILE_NAME = "factur-x.xml"
"""Factur-X 1.0, 6.2.2: of every profile but XRechnung's own."""


@dataclass(frozen=True, slots=True)
class Description:
    """What stands in the metadata. `at` is the date of the document; `language` a BCP 47 tag."""

    title: str
    author: str
    language: str
    at: datetime


def archived(pdf: bytes, about: Description, e_invoice: bytes | None = None) -> bytes:
    """The PDF as PDF/A-3b; with `e_invoice` as Factur-X of the profile EN 16931. Raises NotArchivable."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        _tidy(document)
        if e_invoice is not None:
            _attach(document, e_invoice, about.at)
        pdfa.prepare(document, FLAVOUR)
        _describe(document, about, FILE_NAME if e_invoice is not None else None)
        written = saved(document)
    verify(written, packet(about.title, about.author, about.at, None))
    return written.getvalue()


def _tidy(document: Pdf) -> None:
    """Of reportlab: an empty transition on each page, and on each page and form a dictionary of all that there is."""
    of_pages: dict[bytes, pikepdf.Object] = {}
    of_forms: dict[bytes, pikepdf.Object] = {}
    for page in document.pages:
        if Name.Trans in page.obj:
            del page.obj[Name.Trans]
        for form in page.resources.get(Name.XObject, Dictionary()).values():
            if Name.Resources in form:
                form[Name.Resources] = _shared(document, form.Resources, of_forms)
        page.obj[Name.Resources] = _shared(document, page.resources, of_pages)


def _shared(document: Pdf, resources: pikepdf.Object, known: dict[bytes, pikepdf.Object]) -> pikepdf.Object:
    """One for all that have the same faces: what is drawn has a name of its own in the whole document."""
    others = Dictionary({key: value for key, value in resources.items() if key != Name.XObject})
    written = others.unparse()
    if written not in known:
        known[written] = document.make_indirect(others)
    if Name.XObject in resources:
        known[written][Name.XObject] = Dictionary({**known[written].get(Name.XObject, {}), **resources.XObject})
    return known[written]


def _attach(document: Pdf, e_invoice: bytes, at: datetime) -> None:
    """As "alternative": it says the same as the page. Every Factur-X has it under the same name."""
    file = AttachedFileSpec(
        document,
        e_invoice,
        filename=FILE_NAME,
        description="Factur-X/ZUGFeRD invoice",
        mime_type="text/xml",
        creation_date=_pdf_date(at),
        mod_date=_pdf_date(at),
        relationship=Name.Alternative,
    )
    document.attachments[FILE_NAME] = file
    document.Root[Name.AF] = pikepdf.Array([document.make_indirect(file.obj)])


def _describe(document: Pdf, about: Description, attached: str | None) -> None:
    """The dictionary and the XMP packet say the same (ISO 19005-3, 6.6.3)."""
    day = String(_pdf_date(about.at))
    document.trailer[Name.Info] = document.make_indirect(
        Dictionary(
            Title=String(about.title),
            Author=String(about.author),
            Creator=String("Chairside"),
            Producer=String("Chairside"),
            CreationDate=day,
            ModDate=day,
        )
    )
    metadata = document.make_stream(packet(about.title, about.author, about.at, attached))
    metadata[Name.Type], metadata[Name.Subtype] = Name.Metadata, Name.XML
    document.Root[Name.Metadata] = metadata
    document.Root[Name.Lang] = String(about.language)


def _pdf_date(at: datetime) -> str:
    return f"{at.astimezone(UTC):D:%Y%m%d%H%M%SZ}"
