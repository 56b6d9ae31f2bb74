"""The PDF itself, read back."""

import io
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer, Rendered
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from contracts.clinical import Provider
from contracts.invoicing import Invoice
from contracts.values import Address
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import CLINIC, PATIENT, facts_of, in_currency, invoice, line

HOSTILE = (
    "<script>alert(1)</script>",
    '<img src="file:///etc/passwd">',
    "{{7*7}}{% raw %}",
    "@import url(http://127.0.0.1:1/x.css);</style>",
    "&lt;b&gt;<!-- <pdf:toc/> -->",
)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with single spaces."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def rendered(renderer: DocumentRenderer, snapshot: Invoice) -> Rendered:
    return renderer.render("invoice", facts_of(snapshot), PATIENCE_S)


def printed(renderer: DocumentRenderer, snapshot: Invoice) -> list[str]:
    return pages(rendered(renderer, snapshot).content)


def test_everything_the_law_asks_for_is_on_the_page(renderer: DocumentRenderer) -> None:
    [text] = printed(renderer, invoice())
    for fact in (
        "Rechnung an Łucja Øster Hauptstr. 1 10115 Berlin",
        "Zahnärzte am Hauptbahnhof Invalidenstraße 50 · 10557 Berlin USt-IdNr. DE123456789",
        "Rechnungsnr. 2026-000123 Rechnungsdatum 20.11.2026 Fällig am 20.12.2026 Behandlungsdatum 20.11.2026",
        "Behandelt von Dr. Ada Weiß NPI 1234567893",
        "20.11.2026 D2391 Composite, posterior, no. 1 14 O D 1 125,00 125,00",
        "20.11.2026 D2391 Composite, posterior, no. 2 14 O D 1 125,00 125,00",
        "Zwischensumme 250,00 Umsatzsteuer 0,00 Gesamtbetrag 250,00 € Zahlbetrag 250,00 €",
        "Umsatzsteuerfrei – § 4 Nr. 14 UStG 250,00 0,00",  # noqa: RUF001
        "IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX Verwendungszweck 2026-000123",
        "Seite 1 von 1",
    ):
        assert fact in text


def test_an_english_reader_gets_an_english_invoice(renderer: DocumentRenderer) -> None:
    [text] = printed(renderer, invoice(buyer=PATIENT.model_copy(update={"locale": "en-GB"})))
    assert "Invoice no. 2026-000123 Date of issue 20 Nov 2026 Due date 20 Dec 2026" in text
    assert "Total €250.00 Amount due €250.00" in text
    assert "Page 1 of 1" in text


@pytest.mark.parametrize(
    ("currency", "unit_minor", "locale", "total"),
    [
        ("JPY", 12500, "en-JP", "¥12,500"),
        ("JPY", 12500, "ja-JP", "\N{FULLWIDTH YEN SIGN}12,500"),
        ("KWD", 12345, "ar-KW", "د.ك. 12.345"),
        ("KWD", 5, "de", "0,005 KWD"),
    ],
)
def test_yen_have_no_places_and_dinars_three(
    renderer: DocumentRenderer, currency: str, unit_minor: int, locale: str, total: str
) -> None:
    [text] = printed(renderer, in_currency(currency, unit_minor, locale))
    assert total in text


@pytest.mark.parametrize(
    "name", ["Łucja Øster", "Αθηνά Παπαδοπούλου", "Юлія Ґудзь", "Nguyễn Thị Ánh", "Žaneta Ďurišová"]
)
def test_a_name_can_be_read_back_in_full(renderer: DocumentRenderer, name: str) -> None:
    decomposed = unicodedata.normalize("NFD", name)
    [text] = printed(renderer, invoice(buyer=PATIENT.model_copy(update={"name": decomposed})))
    assert name in text


def test_every_face_is_embedded_and_the_title_names_the_invoice(renderer: DocumentRenderer) -> None:
    pdf, count, *_ = rendered(renderer, invoice())
    reader = PdfReader(io.BytesIO(pdf))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    used = {str(font["/BaseFont"]).partition("+")[2]: font for font in fonts if "/FontDescriptor" in font}
    assert used.keys() == {"NotoSans-Regular", "NotoSans-Bold"}
    assert all(isinstance(font["/FontDescriptor"]["/FontFile2"], object) for font in used.values())
    assert reader.metadata is not None
    assert reader.metadata.title == "Rechnung 2026-000123"
    assert count == 1


def test_300_lines_go_over_pages_that_repeat_the_header(renderer: DocumentRenderer) -> None:
    texts = printed(renderer, invoice(lines=300))
    of_lines = [text for text in texts if "Composite" in text]
    assert len(of_lines) > 5
    assert all("Datum Code Leistung Zahn Flächen Menge Einzelpreis Netto" in text for text in of_lines)
    assert all(f"Seite {number} von {len(texts)}" in text for number, text in enumerate(texts, 1))
    whole = " ".join(texts)
    assert all(f"Composite, posterior, no. {number} 14" in whole for number in range(1, 301))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(renderer: DocumentRenderer, text: str) -> None:
    [page] = printed(
        renderer,
        invoice(
            number=f"7 {text}"[:100],
            lines=0,
            note=text,
            buyer=PATIENT.model_copy(update={"name": text, "address": Address(lines=(text,))}),
            seller=CLINIC.model_copy(update={"name": text}),
            provider=Provider(provider_id="p", name=text, npi=text),
        ).model_copy(update={"lines": (line(code="X", description=text, tooth=None, surfaces=(text[:9],)),)}),
    )
    squeezed = page.replace(" ", "")
    assert squeezed.count(text.replace(" ", "")) >= 6
    assert "root:" not in page
    assert "49" not in page.replace("+49 30 123456", "").replace("2026", "")


def test_what_cannot_be_seen_cannot_turn_the_text_around(renderer: DocumentRenderer) -> None:
    [text] = printed(renderer, invoice(buyer=PATIENT.model_copy(update={"name": "Ann\u202eeht\x00\u2066 X\r\nY"})))
    assert "Ann eht X Y" in text


def test_words_without_end_are_broken_and_stay_on_the_page(renderer: DocumentRenderer) -> None:
    long = line(description="W" * 1000, code="C" * 128, quantity="123456.123456", unit="U" * 40)
    texts = printed(renderer, invoice().model_copy(update={"lines": (long,)}))
    whole = "".join(texts).replace(" ", "")
    assert whole.count("W") >= 1000
    assert whole.count("C") >= 128


def test_an_address_longer_than_a_page_is_still_an_invoice(renderer: DocumentRenderer) -> None:
    endless = Address(lines=tuple(f"line {number}" for number in range(120)))
    texts = printed(renderer, invoice(buyer=PATIENT.model_copy(update={"address": endless})))
    assert "line 119" in " ".join(texts)


def test_the_same_snapshot_gives_the_same_bytes_in_another_process(renderer: DocumentRenderer, font_dir: Path) -> None:
    snapshot = facts_of(invoice())
    elsewhere = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from documents.adapters.pdf.renderer import DocumentRenderer;"
            f"pdf = DocumentRenderer(Path({str(font_dir)!r})).render('invoice', sys.stdin.buffer.read(), {PATIENCE_S});"
            "sys.stdout.buffer.write(pdf.content)",
        ],
        input=snapshot,
        capture_output=True,
        check=True,
    )
    assert elsewhere.stdout == rendered(renderer, invoice()).content


def test_embedded_means_no_reference_to_a_file_or_address(renderer: DocumentRenderer) -> None:
    pdf = rendered(renderer, invoice(note=HOSTILE[1])).content
    reader = PdfReader(io.BytesIO(pdf))
    for page in reader.pages:
        assert "/Annots" not in page
        drawn = page["/Resources"]["/XObject"]  # type: ignore[index]
        assert {each.get_object()["/Subtype"] for each in drawn.values()} == {"/Form"}
    assert not isinstance(reader.trailer["/Root"].get("/OpenAction"), IndirectObject)  # type: ignore[attr-defined]
