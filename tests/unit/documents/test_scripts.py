"""Names and descriptions of any script are shaped, in order, embedded and found again; nothing is a silent box."""

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from documents.adapters.labels import labels
from documents.adapters.pdf.renderer import DocumentRenderer, Rendered
from documents.adapters.pdf.text.paragraphs import TextBlock
from documents.adapters.pdf.text.plain import is_plain, settable
from documents.adapters.pdf.text.shaping import Style, base_of, words_of
from documents.adapters.pdf.text.story import UnknownFace, veiled
from documents.adapters.pdf.text.writing import Writing
from pypdf import PdfReader

from contracts.invoicing import Invoice
from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import PATIENT, facts_of, invoice, line

SCRIPTS = {
    "latin": ("Ṣẹ̀gún Ọláṣubọ̀mí", "Kíkún eyín q̃ẹ́"),
    "cyrillic": ("Тарас Ґалаґан", "Пломба з композиту"),  # noqa: RUF001
    "greek": ("Ἀλέξανδρος Παπαδόπουλος", "Σφράγισμα δοντιού"),
    "vietnamese": ("Nguyễn Thị Hồng Diệp", "Trám răng thẩm mỹ"),
    "arabic": ("محمد بن عبد الله", "حشوة تجميلية للسن"),
    "hebrew": ("דוד בן גוריון", "סתימה לבנה בשן"),
    "devanagari": ("श्रीकृष्ण क्षत्रिय", "दन्त चिकित्सा हिन्दी"),
    "thai": ("สมชาย น้ำทิพย์", "อุดฟันด้วยวัสดุสีเหมือนฟัน"),
    "georgian": ("გიორგი მაისურაძე", "კბილის დაბჟენა"),
    "armenian": ("Արամ Խաչատրյան", "Ատամի պլոմբավորում"),
    "chinese": ("王小明", "复合树脂补牙，后牙"),  # noqa: RUF001
    "japanese": ("山田太郎", "コンポジットレジン修復。"),
    "korean": ("김철수", "레진 충전 치료"),
}
LOCALES = {"arabic": "ar-EG", "japanese": "ja-JP", "chinese": "zh-Hans-CN", "korean": "ko-KR"}
NEEDS_POPPLER = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")


def in_script(name: str) -> Invoice:
    patient, treatment = SCRIPTS[name]
    buyer = PATIENT.model_copy(update={"name": patient, "locale": LOCALES.get(name, "en-GB")})
    # Too long for its column, so that it is broken and laid out as a paragraph.
    lines = (line(1, description=treatment), line(2, description=f"{treatment} {treatment} {treatment}"))
    return invoice(buyer=buyer).model_copy(update={"lines": lines})


@pytest.fixture(scope="module")
def rendered(renderer: DocumentRenderer) -> dict[str, Rendered]:
    return {name: renderer.render("invoice", facts_of(in_script(name)), PATIENCE_S) for name in SCRIPTS}


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200e\u200f\u202a-\u202e\u2066-\u2069]+", "", text)


@pytest.mark.parametrize("name", list(SCRIPTS))
def test_a_name_of_any_script_is_set_and_embedded(rendered: dict[str, Rendered], name: str) -> None:
    made = rendered[name]
    assert made.lacks == ()
    fonts: set[str] = set()
    with pikepdf.open(io.BytesIO(made.content)) as document:
        for page in document.pages:
            for font in page.resources.Font.values():
                inner: Any = font.get("/DescendantFonts", [font])[0]
                assert any(key.startswith("/FontFile") for key in dict(inner.FontDescriptor)), font.BaseFont
                assert "/ToUnicode" in font
                fonts.add(str(font.BaseFont)[8:])
    assert {font for font in fonts if not font.startswith("NotoSans")} == set()


@pytest.mark.parametrize("name", list(SCRIPTS))
def test_a_name_of_any_script_is_found_by_pypdf(rendered: dict[str, Rendered], name: str) -> None:
    text = squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(rendered[name].content)).pages))
    patient, treatment = SCRIPTS[name]
    words = [*patient.split(), *treatment.split()]
    # pypdf turns the letters of a word round, and not the words of a line.
    assert [word for word in words if squeezed(word) not in text] == []


@NEEDS_POPPLER
@pytest.mark.parametrize("name", list(SCRIPTS))
def test_a_name_of_any_script_is_found_by_poppler(rendered: dict[str, Rendered], name: str) -> None:
    read = subprocess.run(["pdftotext", "-", "-"], input=rendered[name].content, capture_output=True, check=True)
    text = squeezed(read.stdout.decode())
    for part in SCRIPTS[name]:
        assert squeezed(part) in text


@NEEDS_POPPLER
def test_from_right_to_left_numbers_dates_and_codes_keep_their_order(renderer: DocumentRenderer) -> None:
    shown = invoice(
        buyer=PATIENT.model_copy(update={"locale": "ar-EG", "name": SCRIPTS["arabic"][0]}),
        payment_reference="RF18539007547034",
        number="2026-0042",
    )
    made = renderer.render("invoice", facts_of(shown), PATIENCE_S)
    assert made.lacks == ()
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=made.content, capture_output=True, check=True)
    text = read.stdout.decode()
    for kept in ("2026-0042", "RF18 5390 0754 7034", "DE89 3704 0044 0532 0130 00", "+49 30 123456", "DE123456789"):
        assert kept in text, kept
    assert "0042-2026" not in text
    assert text.count("2026-0042") >= 2, "in its cell, and in the foot"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("فاتورة \u20682026-0042\u2069 اليوم", ["اليوم", " ", "2026-0042", " ", "فاتورة"]),
        ("(12.50) شيكل", ["شيكل", " ", ")", "12.50", "("]),
        ("שלום ABC 12", ["ABC", " ", "12", " ", "שלום"]),
    ],
)
def test_a_line_from_right_to_left_is_drawn_in_the_order_it_is_seen(text: str, seen: list[str]) -> None:
    from xhtml2pdf.bidi import reorder

    runs = [run for word in words_of([(text, Style(9, bold=False, colour="#000"))], "R", "zh-hans") for run in word]
    drawn = [runs[at].text for at in reorder([run.level for run in runs])]
    assert "".join(drawn) == "".join(seen)


@pytest.mark.parametrize(
    ("text", "base", "read"),
    [
        ("+49 30 12", "R", "L"),
        ("Zahnärzte", "R", "L"),
        ("محمد", "L", "R"),
        ("محمد & Co", "L", "L"),
        ("محمد & Co", "R", "R"),
        ("\u2068Co\u2069 محمد", "R", "R"),
        ("", "R", "R"),
    ],
)
def test_a_paragraph_is_read_as_its_letters_are(text: str, base: str, read: str) -> None:
    assert base_of(text, base) == read


def lines_of(text: str, width: float) -> list[str]:
    block = TextBlock([[(text, Style(10, bold=False, colour="#000"))]], leading=12, writing=Writing())
    block.wrap(width, 1000)
    return ["".join(run.text for run in row).strip() for row in block._lines]


@pytest.mark.parametrize("text", [text for pair in SCRIPTS.values() for text in pair])
@pytest.mark.parametrize("width", [20, 45, 100])
def test_no_line_is_longer_than_its_room_and_no_letter_is_lost(text: str, width: float) -> None:
    block = TextBlock([[(text * 3, Style(10, bold=False, colour="#000"))]], leading=12, writing=Writing())
    block.wrap(width, 1000)
    assert all(sum(run.width for run in row if not run.blank) <= width for row in block._lines)
    assert squeezed("".join(run.text for row in block._lines for run in row)) == squeezed(text * 3)


def test_ideographs_are_broken_between_and_closing_marks_begin_no_line() -> None:
    rows = lines_of("複合樹脂充填、後牙。第二大臼齒「根管」治療。", 62)
    assert len(rows) > 2
    assert not [row for row in rows if row[0] in "、。」" or row[-1] == "「"]


def test_what_no_face_has_is_written_in_latin_letters_and_told(renderer: DocumentRenderer) -> None:
    name = "𐤀𐤁 𓀀 Cohen"
    assert settable(name)[1] == 3
    made = renderer.render("invoice", facts_of(invoice(buyer=PATIENT.model_copy(update={"name": name}))), PATIENCE_S)
    assert made.lacks == ("glyphs: 6 written in Latin letters",)
    text = PdfReader(io.BytesIO(made.content)).pages[0].extract_text()
    assert "Cohen" in text
    assert settable(name)[0].split()[0] in text
    assert renderer.render("invoice", facts_of(invoice()), PATIENCE_S).lacks == ()


def test_a_tooth_is_no_box() -> None:
    assert settable("🦷 ☎ ✓") == ("🦷 ☎ ✓", 0)


def test_a_private_character_of_a_value_is_not_taken_for_a_veiled_one() -> None:
    smuggled = chr(0xF0000 + ord("ع"))
    written, replaced = settable(smuggled)
    assert replaced == 1
    assert is_plain(veiled(written))


def test_a_face_that_is_none_of_ours_is_refused() -> None:
    from documents.adapters.pdf.parties import Letterhead, reader_of
    from documents.adapters.pdf.printing import print_pages
    from documents.adapters.pdf.sheets import sheet_for

    reader = reader_of("de-DE", "DE")
    sheet = sheet_for(reader, Letterhead("x"), "x", invoice().changed_at)
    page = "<html><head><style>p {{ font-family: {} }}</style></head><body><p>Öl</p></body></html>"
    print_pages(page.format("noto"), (), sheet, Path("/nonexistent"), PATIENCE_S)
    for other in ("Helvetica", "Arial", "missing"):
        with pytest.raises(UnknownFace):
            print_pages(page.format(other), (), sheet, Path("/nonexistent"), PATIENCE_S)


def test_a_document_of_plain_letters_loads_no_other_face(font_dir: Path) -> None:
    """In a process of its own: the others have them all."""
    import sys

    code = """
import sys
from pathlib import Path
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.adapters.pdf.text import faces
from tests.unit.documents.samples import facts_of, invoice
made = DocumentRenderer(Path(sys.argv[1])).render("invoice", facts_of(invoice()), 300.0)
every = {faces.LATIN, faces.HAN, *faces.SYMBOLS, *faces.SCRIPTS.values()}
print(made.pages, sorted(face.name for face in every if "face" in vars(face)))
"""
    ran = subprocess.run([sys.executable, "-c", code, str(font_dir)], capture_output=True, text=True, check=True)
    assert ran.stdout.split(maxsplit=1)[1].strip() == "[]"


def test_the_words_of_every_language_can_be_set() -> None:
    for language in ("en", "de", "fr", "es", "pl", "uk", "ar"):
        words = labels(language)
        assert [key for key in words if settable(words[key])[1]] == []
