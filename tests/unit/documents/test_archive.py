"""A printed invoice as PDF/A-3b with its electronic invoice in it, read back."""

import io
from datetime import UTC, datetime

import pikepdf
import pytest
from documents.adapters.pdf.archive import Description, archived
from documents.adapters.pdf.content import read
from documents.adapters.pdf.finishing import finished
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.adapters.pdf.verification import NotArchivable
from documents.adapters.xml.e_invoices import credit_note_xml, invoice_xml
from documents.adapters.xml.schemas import NotValid
from documents.facts import CreditNoteFacts
from lxml import etree
from reportlab.pdfgen.canvas import Canvas

from contracts.invoicing import InvoiceFinalized
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.bills import Item, bill, credited
from tests.unit.documents.pictures import KINDS
from tests.unit.documents.samples import in_currency
from tests.unit.documents.test_renderer import rendered

ABOUT = Description("Rechnung 1", "Zahnärzte", "de", datetime(2026, 11, 20, tzinfo=UTC))


def metadata(pdf: bytes) -> str:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return document.Root.Metadata.read_bytes().decode()


def test_the_xml_in_the_pdf_is_the_one_that_is_served(renderer: DocumentRenderer) -> None:
    invoice = bill([Item()])
    made = rendered(renderer, invoice)
    assert made.lacks == ()
    with pikepdf.open(io.BytesIO(made.content)) as document:
        [name] = document.attachments
        assert name == "factur-x.xml"
        assert document.attachments[name].get_file().read_bytes() == invoice_xml(invoice) == made.e_invoice
        assert [file.AFRelationship for file in document.Root.AF] == [pikepdf.Name.Alternative]
        assert document.Root.OutputIntents[0].OutputConditionIdentifier == "sRGB"
        assert str(document.Root.Lang) == "de"


def test_the_metadata_say_what_it_is_and_which_invoice_is_in_it(renderer: DocumentRenderer) -> None:
    xmp = metadata(rendered(renderer, bill([Item()])).content)
    for fact in (
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>",
        "<xmp:ModifyDate>2026-11-20T09:00:00Z</xmp:ModifyDate>",
        "Rechnung 2026-000042",
    ):
        assert fact in xmp
    head, rdf, _ = xmp.partition("<rdf:RDF")
    assert "xmlns:rdf" not in head
    assert rdf


def test_the_same_invoice_gives_the_same_bytes_whenever_it_is_made(renderer: DocumentRenderer) -> None:
    invoice = bill([Item()] * 40)
    assert rendered(renderer, invoice) == rendered(renderer, invoice)


def test_a_void_invoice_has_no_electronic_invoice_in_it(renderer: DocumentRenderer) -> None:
    made = rendered(renderer, bill([Item()]).model_copy(update={"status": "void"}))
    assert made.lacks == ()
    assert "fx:" not in metadata(made.content)
    with pikepdf.open(io.BytesIO(made.content)) as document:
        assert not document.attachments


def test_dinars_are_printed_and_archived_without_xml_and_it_is_told(renderer: DocumentRenderer) -> None:
    dinars: InvoiceFinalized = in_currency("KWD", 12_345, "en")
    made = rendered(renderer, dinars)
    [lack] = made.lacks
    assert "KWD has 3 decimal places" in lack
    assert "<pdfaid:part>3</pdfaid:part>" in metadata(made.content)


def test_a_face_that_is_not_embedded_is_told_and_the_pdf_is_made_all_the_same() -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 720, "set in Helvetica")
    canvas.save()
    with pytest.raises(NotArchivable, match=r"6\.2\.11\.4\.1"):
        archived(out.getvalue(), ABOUT)
    kept, _, lacks = finished(out.getvalue(), ABOUT, None)
    assert kept == out.getvalue()
    assert lacks == ("pdf-a: ISO_19005_3:6.2.11.4.1-1",)


SHAPED = ("scripts", "arabic", "void-arabic")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_archivable_as_it_is_printed(renderer: DocumentRenderer, kind: str) -> None:
    """No face but those that are embedded; in Latin letters every instruction is of a form that needs no reader but
    ours. What is shaped is placed glyph by glyph, and read by the verifier."""
    made = renderer.render(KINDS[kind][0], KINDS[kind][1](), PATIENCE_S)
    assert [lack for lack in made.lacks if not lack.startswith("e-invoice")] == []
    with pikepdf.open(io.BytesIO(made.content)) as document:
        for page in document.pages:
            assert "/Helvetica" not in {font.BaseFont for font in page.resources.Font.values()}
            assert kind in SHAPED or read(page.obj.Contents.read_bytes()) is not None


def test_xml_that_its_schema_refuses_is_left_out_and_told(renderer: DocumentRenderer) -> None:
    def broken() -> bytes:
        raise NotValid("line 3: SCHEMAV_ELEMENT_CONTENT")

    printed = rendered(renderer, bill([Item()])).content
    kept, _, lacks = finished(printed, ABOUT, broken)
    assert lacks == ("e-invoice: invalid, line 3: SCHEMAV_ELEMENT_CONTENT",)
    assert "<pdfaid:part>3</pdfaid:part>" in metadata(kept)


def test_names_are_text_in_the_metadata(renderer: DocumentRenderer) -> None:
    invoice = bill([Item()])
    assert invoice.seller is not None
    odd = invoice.model_copy(update={"seller": invoice.seller.model_copy(update={"name": "A & <B> \u202e\x07"})})
    xmp = etree.fromstring(metadata(rendered(renderer, odd).content).encode())
    assert [author.text for author in xmp.iter("{*}creator")] != []
    assert "A & <B>" in "".join(xmp.itertext())


def test_a_credit_note_has_its_electronic_invoice_in_it(renderer: DocumentRenderer) -> None:
    note = credited([Item()])
    facts = CreditNoteFacts(credit_note=note).model_dump_json().encode()
    made = renderer.render("credit_note", facts, PATIENCE_S)
    assert made.lacks == ()
    with pikepdf.open(io.BytesIO(made.content)) as document:
        assert document.attachments["factur-x.xml"].get_file().read_bytes() == credit_note_xml(note)
