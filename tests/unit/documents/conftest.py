"""Faces for the pages, made once a machine."""

from pathlib import Path

import pytest
from documents.adapters.pdf import fonts
from documents.adapters.pdf.renderer import DocumentRenderer
from documents.settings import cached_fonts


@pytest.fixture(scope="session")
def font_dir() -> Path:
    folder = cached_fonts()
    fonts.make(folder)
    return folder


@pytest.fixture(scope="session")
def renderer(font_dir: Path) -> DocumentRenderer:
    return DocumentRenderer(font_dir)
