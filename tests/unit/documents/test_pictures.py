"""Each kind looks as it did when somebody looked at it."""

import shutil

import pytest
from documents.adapters.pdf.renderer import DocumentRenderer
from PIL import Image, ImageChops, ImageStat

from tests.unit.documents.pictures import FOLDER, KINDS, drawn

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
