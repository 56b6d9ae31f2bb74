"""What we make, as the validators of the trade see it: veraPDF and Mustang, over all kinds of invoices at once."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.adapters.xml.e_invoices import credit_note_xml, invoice_xml
from documents.facts import CreditNoteFacts
from reportlab.pdfgen.canvas import Canvas

from contracts.invoicing import Invoice
from tests.parts.patience import PATIENCE_S
from tests.parts.validators import NoJava, broken_invoices, broken_pdfa
from tests.unit.documents.bills import Item, bill, credited
from tests.unit.documents.pictures import in_every_script
from tests.unit.documents.samples import in_currency
from tests.unit.documents.test_e_invoice import INVOICES, NOTES, SYNTAXES, TAXED
from tests.unit.documents.test_renderer import rendered

Check = Callable[[Sequence[Path]], dict[Path, str]]


@pytest.fixture(scope="module")
def pdfs(renderer: DocumentRenderer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Of each language, size and shape: with XML, without, void."""
    insured = INVOICES["insured-and-paid-in-part"]
    shown: dict[str, Invoice] = {
        "one-line": bill([Item()]),
        "english": in_language(INVOICES["several-rates"], "en-GB"),
        "polish": in_language(insured, "pl-PL"),
        "discounts": INVOICES["both-discounts-with-vat"],
        "long": bill([Item(), TAXED] * 60),
        "void": bill([Item()]).model_copy(update={"status": "void"}),
        "dinars": in_currency("KWD", 12_345, "ar-KW"),
        "arabic": in_language(insured, "ar-EG"),
        "every-script": in_every_script(),
    }
    folder = tmp_path_factory.mktemp("pdfs")
    found = {name: printed(renderer, invoice, folder / f"{name}.pdf") for name, invoice in shown.items()}
    facts = CreditNoteFacts(credit_note=NOTES["all"]).model_dump_json().encode()
    found["credit-note"] = folder / "credit-note.pdf"
    found["credit-note"].write_bytes(renderer.render("credit_note", facts, PATIENCE_S).content)
    return found


def in_language(invoice: Invoice, locale: str) -> Invoice:
    return invoice.model_copy(update={"buyer": invoice.buyer.model_copy(update={"locale": locale})})


def printed(renderer: DocumentRenderer, invoice: Invoice, file: Path) -> Path:
    file.write_bytes(rendered(renderer, invoice).content)
    return file


def found(check: Check, files: Sequence[Path]) -> dict[Path, str]:
    try:
        return check(files)
    except NoJava as missing:
        pytest.skip(str(missing))


def test_verapdf_takes_each_of_them_for_pdf_a_3b(pdfs: dict[str, Path], tmp_path: Path) -> None:
    """And refuses what is none, so that it is known to look."""
    plain = tmp_path / "plain.pdf"
    canvas = Canvas(str(plain))
    canvas.drawString(72, 720, "set in Helvetica")
    canvas.save()
    assert list(found(broken_pdfa, [*pdfs.values(), plain])) == [plain]


def test_mustang_takes_the_pdfs_with_their_invoices_and_xrechnung(pdfs: dict[str, Path], tmp_path: Path) -> None:
    files = [pdfs[name] for name in ("one-line", "polish", "discounts", "credit-note")]
    insured, taken_off = bill([Item(), TAXED], insurer_minor=7_500), credited([Item()], insurer_minor=7_500)
    xmls = {f"xrechnung-{syntax}": invoice_xml(insured, "xrechnung", syntax) for syntax in SYNTAXES}
    xmls |= {f"xrechnung-note-{syntax}": credit_note_xml(taken_off, "xrechnung", syntax) for syntax in SYNTAXES}
    xmls |= {f"note-{name}": credit_note_xml(note) for name, note in NOTES.items()}
    for name, xml in xmls.items():
        (tmp_path / f"{name}.xml").write_bytes(xml)
        files.append(tmp_path / f"{name}.xml")
    broken = tmp_path / "broken.xml"
    due = b"75.00</ram:DuePayableAmount>"
    broken.write_bytes(xmls["xrechnung-cii"].replace(due, due.replace(b"75.00", b"75.01")))
    assert list(found(broken_invoices, [*files, broken])) == [broken]
