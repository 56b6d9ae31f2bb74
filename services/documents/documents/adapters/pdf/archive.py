"""The step after printing: a PDF becomes PDF/A-3b (ISO 19005-3), with the electronic invoice in it where there is one.

What is written is read again and verified before anybody gets it. Same input, same bytes: every date is that of the
document, and the identifier follows from the content. Imported by worker processes only.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pikepdf
from pikepdf import AttachedFileSpec, Dictionary, Name, Pdf, String, pdfa

from documents.adapters.pdf.xmp import packet

FLAVOUR = "3b"
FILE_NAME = "factur-x.xml"
"""Factur-X 1.0, 6.2.2: of every profile but XRechnung's own."""


_IDLE_TEXT = re.compile(rb"^(?:1 0 0 1 0 0 cm  )?BT /F\d+ [\d.]+ Tf [\d.]+ TL ET\s*$", re.MULTILINE)
"""A text object that shows nothing, on a line of its own: no text of a document is, since a break in it is escaped."""


class NotArchivable(Exception):
    """What was printed is no PDF/A; `rule` is what it breaks, without anything of the document."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


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
        _drop_leftovers(document)
        if e_invoice is not None:
            _attach(document, e_invoice, about.at)
        pdfa.prepare(document, FLAVOUR)
        _describe(document, about)
        written = _saved(document)
        _verify(written)
        if e_invoice is not None:
            # The verifier knows no schema but those of PDF/A itself: the one of Factur-X comes last, by itself.
            document.Root.Metadata.write(packet(about.title, about.author, about.at, FILE_NAME))
            written = _saved(document)
    return written.getvalue()


def _saved(document: Pdf) -> io.BytesIO:
    written = io.BytesIO()
    document.save(written, **pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True))
    return written


def _drop_leftovers(document: Pdf) -> None:
    """Of reportlab: an empty transition on each page, and Helvetica, which nothing is set in and nothing embeds."""
    drawn = list(_drawn(document))
    contents = []
    for stream, _ in drawn:
        content = stream.read_bytes()
        if _every_text_names_its_face(stream):
            content = _IDLE_TEXT.sub(b"", content)
            stream.write(content)
        contents.append(content)
    # Pages share their fonts. One that something may be set in stays: the verifier says what it thinks of it.
    for _, resources in drawn:
        fonts = resources.get(Name.Font, Dictionary())
        for name in [name for name, font in fonts.items() if Name.FontDescriptor not in font]:
            if not any(name.encode() + b" " in content for content in contents):
                del fonts[name]


def _drawn(document: Pdf) -> Iterator[tuple[pikepdf.Object, pikepdf.Object]]:
    """What is drawn by operators: pages and the forms on them, each with its resources."""
    for page in document.pages:
        if Name.Trans in page.obj:
            del page.obj[Name.Trans]
        page.contents_coalesce()
        yield page.obj.Contents, page.resources
        for form in page.resources.get(Name.XObject, Dictionary()).values():
            if form.get(Name.Subtype) == Name.Form:
                yield form, form.get(Name.Resources, Dictionary())


def _every_text_names_its_face(stream: pikepdf.Object) -> bool:
    """A face that is set in a text object holds beyond it, for text that names none."""
    named = False
    for instruction in pikepdf.parse_content_stream(stream, "BT Tf Tj TJ ' \""):
        match str(instruction.operator):
            case "BT":
                named = False
            case "Tf":
                named = True
            case _ if not named:
                return False
    return True


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


def _describe(document: Pdf, about: Description) -> None:
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
    metadata = document.make_stream(packet(about.title, about.author, about.at, None))
    metadata[Name.Type], metadata[Name.Subtype] = Name.Metadata, Name.XML
    document.Root[Name.Metadata] = metadata
    document.Root[Name.Lang] = String(about.language)


def _verify(written: io.BytesIO) -> None:
    report = pdfa.validate_written(written, FLAVOUR)
    if not report.passed:
        raise NotArchivable(report.findings[0].rule if report.findings else report.verdict)


def _pdf_date(at: datetime) -> str:
    return f"{at.astimezone(UTC):D:%Y%m%d%H%M%SZ}"
