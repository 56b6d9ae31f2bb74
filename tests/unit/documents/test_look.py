"""The clinic's own paper: logo, colour, footer and size; a logo is checked before it is near a document."""

import base64
import io
import pickle
from itertools import product
from typing import Any

import pytest
from documents.adapters.pdf.logos import HIGHEST, WIDEST, picture_of
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.domain.looks.logo import LogoInvalid
from documents.facts import (
    CreditNoteFacts,
    InvoiceFacts,
    Look,
    ReceiptSheets,
    RegisterDayFacts,
    StatementFacts,
    clinic_of,
)
from PIL import Image
from pypdf import PageObject, PdfReader

from tests.parts.patience import PATIENCE_S
from tests.unit.documents.samples import PATIENT, credit_note, facts_of, invoice
from tests.unit.documents.test_layout import bill, has_picture
from tests.unit.documents.test_receipt import receipt
from tests.unit.documents.test_register_day import closed
from tests.unit.documents.test_statement import statement

_SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {_SPACES} width="300" height="80">{{}}</svg>'
TOOTH = '<rect width="300" height="80" rx="20" fill="#8a2be2"/><circle cx="60" cy="40" r="25" fill="white"/>'
FOOTER = ("Partnerschaftsregister Berlin PR 123", "Aufsicht: Zahnärztekammer Berlin", "شكرًا لثقتكم")


def picture(kind: str, size: tuple[int, int] = (300, 80), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "purple").save(out, kind)
    return out.getvalue()


def own_look(**changes: Any) -> Look:
    logo = picture_of(SVG.format(TOOTH).encode())
    data = f"data:image/png;base64,{base64.b64encode(logo.png).decode()}"
    usual = {"colour": "#5b2a86", "footer": FOOTER, "logo": data, "logo_width": logo.width, "logo_height": logo.height}
    return Look.model_validate(usual | changes)


def pages_of(renderer: DocumentRenderer, facts: bytes, shown: Look) -> list[PageObject]:
    made = renderer.render("invoice", facts, PATIENCE_S, shown)
    assert not [lack for lack in made.lacks if lack.startswith("pdf-a")]
    return list(PdfReader(io.BytesIO(made.content)).pages)


@pytest.mark.parametrize(
    "content",
    [
        picture("PNG"),
        picture("PNG", mode="RGBA"),
        picture("JPEG"),
        picture("PNG", mode="P"),
        SVG.format(TOOTH).encode(),
    ],
)
def test_a_logo_becomes_dots_on_white(content: bytes) -> None:
    found = picture_of(content)
    with Image.open(io.BytesIO(found.png)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (found.width, found.height))
    assert found.width <= WIDEST
    assert found.height <= HIGHEST
    assert picture_of(content) == found


def test_a_large_picture_is_made_smaller_in_its_proportions() -> None:
    found = picture_of(picture("PNG", (4000, 1000)))
    assert (found.width, found.height) == (1200, 300)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither"),
        (b"GIF89a" + b"\0" * 20, "neither"),
        (picture("PNG")[:60], "neither"),
        (picture("BMP"), "neither"),
        (b"<svg", "well-formed"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "can be drawn"),
        (b"<!DOCTYPE svg><svg xmlns='http://www.w3.org/2000/svg'/>", "document type"),
        (SVG.format('<image href="/etc/hostname"/>').encode(), "outside"),
        (SVG.format('<image xlink:href="file:///etc/hostname"/>').encode(), "outside"),
        (SVG.format('<image href="https://example.org/a.png"/>').encode(), "outside"),
        (SVG.format('<image href="data:image/svg+xml;base64,AAAA"/>').encode(), "outside"),
        (SVG.format("<style>@import 'a.css';</style>").encode(), "outside"),
        (SVG.format("<rect style=\"fill: url( 'https://example.org')\"/>").encode(), "outside"),
        (SVG.format("<script/>").encode(), "script"),
        (SVG.format("<foreignObject/>").encode(), "foreignObject"),
    ],
)
def test_what_is_no_logo_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(LogoInvalid, match=why) as refused:
        picture_of(content)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value), "it is another process that says so"


def test_a_picture_of_too_many_dots_is_refused_before_it_is_read() -> None:
    with pytest.raises(LogoInvalid, match="dots"):
        picture_of(picture("PNG", (8000, 6000), "1"))


def test_the_paper_is_as_the_clinic_sets_it(renderer: DocumentRenderer) -> None:
    [page] = pages_of(renderer, facts_of(invoice()), own_look(paper="letter"))
    assert (float(page.mediabox.width), float(page.mediabox.height)) == (612, 792)
    assert has_picture(page)
    text = " ".join(page.extract_text().split())
    assert all(line in text for line in FOOTER[:2])
    assert _drawn_in(page)


def _drawn_in(page: PageObject) -> bool:
    """Violet, as the look says."""
    content = page.get_contents()
    return content is not None and b".356863 .164706 .52549 rg" in content.get_data()


@pytest.mark.parametrize(("lines", "tag"), list(product((1, 8, 12, 13, 14, 30), ("de-DE", "ar-EG"))))
def test_no_part_is_torn_apart_on_the_clinics_own_paper(renderer: DocumentRenderer, lines: int, tag: str) -> None:
    shown = bill(lines, 1 + lines % 3, account=True)
    shown = shown.model_copy(update={"buyer": PATIENT.model_copy(update={"locale": tag})})
    pages = pages_of(renderer, facts_of(shown), own_look())
    texts = ["".join(page.extract_text().split()) for page in pages]
    sum_, asked = ("Zwischensumme", "überweisen") if tag == "de-DE" else ("الفرعي", "تحويل")
    [at] = [number for number, text in enumerate(texts) if sum_ in text]
    assert "Composite" in texts[at]
    [block] = [number for number, text in enumerate(texts) if asked in text]
    assert "IBAN" in texts[block]
    assert "RF18539007547034" in texts[block]
    assert all("PR123" in text for text in texts), "the footer is on each page"


def test_whose_paper_it_is_stands_in_the_facts_of_every_kind() -> None:
    every = (
        InvoiceFacts(invoice=invoice()),
        CreditNoteFacts(credit_note=credit_note()),
        ReceiptSheets(receipt=receipt()),
        RegisterDayFacts(day=closed(), clinic="Z", time_zone=None, country=None),
        statement(2),
    )
    assert isinstance(every[-1], StatementFacts)
    assert all(clinic_of(facts.model_dump_json().encode()) for facts in every)
    with pytest.raises(ValueError, match="no clinic"):
        clinic_of(b"{}")
