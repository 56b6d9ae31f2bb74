"""What we make, as the validators of the trade see it: veraPDF and Mustang, over all kinds of documents at once."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pikepdf
import pytest
from documents.adapters.pdf.archive import FILE_NAME
from documents.adapters.pdf.renderer import DocumentRenderer, Rendered
from documents.adapters.pdf.sheets import Size
from documents.adapters.xml.e_invoices import credit_note_xml, invoice_xml
from documents.facts import Look
from reportlab.pdfgen.canvas import Canvas

from contracts.invoicing import Invoice
from tests.parts.patience import PATIENCE_S
from tests.parts.validators import NoJava, broken_invoices, broken_pdfa
from tests.unit.documents.bills import Item, bill, credited
from tests.unit.documents.pictures import KINDS
from tests.unit.documents.samples import in_currency
from tests.unit.documents.test_e_invoice import INVOICES, NOTES, SYNTAXES, TAXED
from tests.unit.documents.test_look import own_look
from tests.unit.documents.test_renderer import rendered

Check = Callable[[Sequence[Path]], dict[Path, str]]
LANGUAGES = {
    "en": ("en-GB", "GB"),
    "de": ("de-DE", "DE"),
    "fr": ("fr-FR", "FR"),
    "es": ("es-ES", "ES"),
    "pl": ("pl-PL", "PL"),
    "uk": ("uk-UA", "UA"),
    "ar": ("ar-EG", "EG"),
}
SIZES: tuple[Size, Size] = ("A4", "letter")
MADE = (
    *("invoice", "credit-note", "receipt", "slip", "register-day", "statement", "submission"),
    *("reminder", "instalment-plan"),
)
VARIANTS = ("void", "fee-schedule", "fee-schedule-submission", "family-statement", "refund-slip", "scripts")


def in_pairs() -> Iterator[tuple[str, str, Size]]:
    """Every kind in every language; each kind, and each language, on either paper. A slip has its own.

    What a kind looks like otherwise is seen in one language.
    """
    for nth, name in enumerate(MADE):
        for at, language in enumerate(LANGUAGES):
            yield name, language, SIZES[(nth + at) % 2]
    yield from ((name, "de", "A4") for name in VARIANTS)


@pytest.fixture(scope="module")
def pdfs(renderer: DocumentRenderer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Of each kind, language and size, and of odd shapes."""
    folder = tmp_path_factory.mktemp("pdfs")
    shown: dict[str, Invoice] = {
        "one-line": bill([Item()]),
        "discounts": INVOICES["both-discounts-with-vat"],
        "long": bill([Item(), TAXED] * 60),
        "dinars": in_currency("KWD", 12_345, "ar-KW"),
    }
    found = {name: written(rendered(renderer, invoice), folder / f"{name}.pdf") for name, invoice in shown.items()}
    for name, language, size in in_pairs():
        kind, facts = KINDS[name]
        locale, country = LANGUAGES[language]
        read = facts().replace(b'"locale":"de-DE"', f'"locale":"{locale}"'.encode())
        read = read.replace(b'"country":"DE"', f'"country":"{country}"'.encode())
        made = renderer.render(kind, read, PATIENCE_S, Look(paper=size))
        found[f"{name}-{language}"] = written(made, folder / f"{name}-{language}-{size}.pdf")
    kind, facts = KINDS["own-paper"]
    found["own-paper"] = written(renderer.render(kind, facts(), PATIENCE_S, own_look()), folder / "own-paper.pdf")
    return found


def written(made: Rendered, file: Path) -> Path:
    file.write_bytes(made.content)
    return file


def has_invoice(file: Path) -> bool:
    with pikepdf.open(file) as pdf:
        return FILE_NAME in pdf.attachments


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
    files = [file for file in pdfs.values() if has_invoice(file)]
    assert {name for name in MADE if pdfs[f"{name}-uk"] in files} == {"invoice", "credit-note"}
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
