"""Draws the pictures anew: see the package."""

from documents.adapters.pdf.renderer import DocumentRenderer
from documents.settings import cached_fonts

from tests.unit.documents.pictures import FOLDER, KINDS, drawn

if __name__ == "__main__":
    renderer = DocumentRenderer(cached_fonts())
    for name in KINDS:
        drawn(renderer, name).save(FOLDER / f"{name}.png", optimize=True)
