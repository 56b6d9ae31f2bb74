"""The faces as the process has them: read once, by names that the style sheet and the tables share."""

from functools import cache

from reportlab.lib.fonts import addMapping
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from documents.adapters.pdf.fonts import Faces

FAMILY = "noto"
REGULAR, BOLD = "Noto", "Noto-Bold"


@cache
def register(faces: Faces) -> None:
    """A process sets all its documents in the same faces."""
    registerFont(TTFont(REGULAR, str(faces.regular)))
    registerFont(TTFont(BOLD, str(faces.bold)))
    for family in (FAMILY, REGULAR):
        for italic in (0, 1):
            addMapping(family, 0, italic, REGULAR)
            addMapping(family, 1, italic, BOLD)
