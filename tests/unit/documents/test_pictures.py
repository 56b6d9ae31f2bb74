"""Each kind looks as it did when somebody looked at it."""

import io
import shutil

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer
from PIL import Image, ImageChops, ImageStat
from pypdf import PdfReader

from tests.parts.patience import PATIENCE_S
from tests.unit.documents.pictures import FOLDER, KINDS, READERS, drawn

MEAN = 0.5
"""How much a dot may differ on the average, of 255: another version of pdftoppm draws edges otherwise."""


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed (poppler-utils)")
@pytest.mark.parametrize("name", list(KINDS))
def test_a_document_looks_as_it_was_looked_at(renderer: DocumentRenderer, name: str) -> None:
    page = drawn(renderer, name)
    with Image.open(FOLDER / f"{name}.png") as known:
        assert page.size == known.size
        difference = ImageStat.Stat(ImageChops.difference(page, known.convert("L"))).mean[0]
    assert difference <= MEAN, f"by {difference:.2f}; python -m tests.unit.documents.pictures draws it anew: look at it"


@pytest.mark.parametrize("name", [name for name in KINDS if name not in READERS])
def test_every_kind_can_be_read_from_right_to_left(renderer: DocumentRenderer, name: str) -> None:
    kind, facts = KINDS[name]
    read = facts().replace(b'"locale":"de-DE"', b'"locale":"ar-EG"').replace(b'"country":"DE"', b'"country":"EG"')
    made = renderer.render(kind, read, PATIENCE_S)
    assert not [lack for lack in made.lacks if lack.startswith(("pdf-a", "glyphs"))]
    assert "صفحة" in PdfReader(io.BytesIO(made.content)).pages[0].extract_text() or name in ("slip", "refund-slip")
