"""What a page draws, read by our own few forms, beside pikepdf's reading of each instruction."""

import io
from collections.abc import Callable, Sequence

import pikepdf
import pytest
from documents.adapters.pdf import verification
from documents.adapters.pdf.content import Drawn, read
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.adapters.pdf.verification import FLAVOUR, NotArchivable, saved, verify
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Name, Pdf, pdfa

from tests.unit.documents.samples import invoice
from tests.unit.documents.test_renderer import rendered

Edit = tuple[float, int, bytes]
PIECES = [
    b"",
    b"1",
    b"07",
    b"-",
    b".",
    b"e",
    b" ",
    b"\n",
    b"\\101",
    b"q ",
    b"Q ",
    b"(",
    b")",
    b"BT ",
    b"ET ",
    b"/F9 ",
    b"k ",
]
EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 3), st.sampled_from(PIECES) | st.binary(max_size=2)),
    min_size=1,
    max_size=2,
)


@pytest.fixture(scope="module")
def pdf(renderer: DocumentRenderer) -> bytes:
    return rendered(renderer, invoice(lines=3)).content


@pytest.fixture(scope="module")
def judged(pdf: bytes) -> Callable[[bytes], bool]:
    """What pikepdf makes of a document of ours whose page draws something else, read instruction by instruction."""

    def judge(content: bytes) -> bool:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            document.pages[0].obj.Contents.write(content)
            without_schema_of_factur_x(document)
            return pdfa.validate_written(saved(document), FLAVOUR).passed

    return judge


def without_schema_of_factur_x(document: Pdf) -> None:
    document.Root.Metadata.write(metadata(document))


def metadata(document: Pdf) -> bytes:
    whole: bytes = document.Root.Metadata.read_bytes()
    if b"pdfaExtension" not in whole:
        return whole
    begin = whole.index(b"<rdf:Description", whole.index(b"xmlns:xmp="))
    return whole[:begin] + whole[whole.index(b"</rdf:RDF>") :]


def content_of(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        content: bytes = document.pages[0].obj.Contents.read_bytes()
        return content


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    for where, removed, put in edits:
        at = int(where * len(content))
        content = content[:at] + put + content[at + removed :]
    return content


@given(EDITS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_we_read_is_what_pikepdf_takes_for_pdf_a(
    pdf: bytes, judged: Callable[[bytes], bool], edits: list[Edit]
) -> None:
    """Whatever becomes of a page: where our reading finds nothing amiss, pikepdf's finds nothing either."""
    content = edited(content_of(pdf), edits)
    drawn = read(content)
    if drawn is not None and judged(drawn.summary()):
        assert judged(content)


@pytest.mark.parametrize(
    "content",
    [
        b"0 0 0 0 k",
        b"q",
        b"Q",
        b"BT",
        b"BT (a) Tj ET",
        b"BT /F2+0 9 Tf q (a) Tj Q ET",
        b"BT /F2+0 9 Tf BT (a) Tj ET",
        b"BT /F2+0 9 Tf 3 Tr (a) Tj ET",
        b"BT /F2+0 9 Tf ET BT (a) Tj ET",
        b"BT /F2+0 9 Tf (a) Tj /Fm1 Do ET",
        b"/GS1 gs",
        b"1 0 0 1 0 9999999999 cm",
        b"q " * 13 + b"Q " * 13,
        b"BT /F2+0 9 Tf (" + b"a" * 40_000 + b") Tj ET",
        b"BT /F2+0 9 Tf (a(b)c) Tj ET",
        b"10 w 5 5 l",
    ],
)
def test_an_instruction_of_another_form_or_order_is_left_to_pikepdf(content: bytes) -> None:
    assert read(content) is None


def test_codes_faces_and_forms_are_known_by_what_is_drawn() -> None:
    content = (
        b"1 0 0 1 0 0 cm\nq\n.1 .2 .3 rg\nBT 1 0 0 1 2.5 -7 Tm /F3+0 8.5 Tf 11.5 TL (a\\(\\001) Tj T* ET\n"
        b"BT 1 0 0 1 0 2 Tm 19 TL 0 0 0 rg /F2+0 14 Tf (b) Tj (c) Tj  T* 1 0 0 1 3 4 Tm (b) Tj T* ET\n"
        b"n 0 1 2 3 re f*\nQ\n/FormXob.foot-1 Do\n"
    )
    drawn = Drawn({b"/F3+0": frozenset(b"a(\1"), b"/F2+0": frozenset(b"bc")}, frozenset({b"/FormXob.foot-1"}))
    assert read(content) == drawn
    assert drawn.summary().count(b" Tj ") == 2


def test_a_glyph_that_a_face_lacks_is_found_on_whatever_page_it_is(pdf: bytes) -> None:
    """Also where the process has verified all that the document shows before."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        verify(io.BytesIO(pdf), metadata(document))
        without_schema_of_factur_x(document)
        contents = document.pages[0].obj.Contents
        contents.write(contents.read_bytes() + b"\nBT 1 0 0 1 9 9 Tm /F2+0 7.5 Tf 10 TL (\\036) Tj T* ET\n")
        assert read(contents.read_bytes()) is not None
        with pytest.raises(NotArchivable, match=r"6\.2\.11\.(8|4\.1)"):
            verify(saved(document), metadata(document))


def test_a_face_of_other_widths_is_verified_anew(pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        packet = metadata(document)
        verify(io.BytesIO(pdf), packet)
        known = len(verification._verified)
        widths = document.pages[0].resources.Font[Name("/F2+0")].Widths
        widths[ord("D")] = 1
        with pytest.raises(NotArchivable, match=r"6\.2\.11\.5"):
            verify(saved(document), packet)
        assert len(verification._verified) > known
