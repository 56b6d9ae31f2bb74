"""The faces of all scripts, as their packages have them (SIL Open Font License), each read when a text needs it."""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import uharfbuzz as hb
from fontTools.unicodedata import script

COMMON = frozenset({"Zyyy", "Zinh", "Zzzz"})
"""Punctuation, digits, marks: they are set in the face of what stands before them."""


@dataclass(frozen=True)
class Face:
    """One file; `weighted` where it has an axis of weight, else bold is drawn by a stroke round each glyph."""

    name: str
    package: str
    file: str
    weighted: bool = True

    @cached_property
    def face(self) -> hb.Face:
        """The file is mapped, not read: what no text needs of it takes no memory."""
        return hb.Face(hb.Blob.from_file_path(str(files(self.package) / self.file)))

    @cached_property
    def characters(self) -> hb.Set:
        return self.face.unicodes

    @cached_property
    def outlines(self) -> str:
        """The table that has them: TrueType's, or Adobe's CFF, where a glyph's number is its CID."""
        return "CFF " if "CFF " in self.face.table_tags else "glyf"

    def axes(self, *, bold: bool) -> dict[str, float]:
        return {axis.tag: axis.default_value for axis in self.face.axis_infos} | (
            {"wght": 700.0 if bold else 400.0} if self.weighted else {}
        )

    def has(self, text: str) -> bool:
        return all(ord(character) in self.characters for character in text)


def _script(name: str) -> Face:
    return Face(f"NotoSans{name}", "manimgx_fonts", f"NotoSans{name}[wght].ttf")


LATIN = Face("NotoSans", "fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf")
HAN = Face("NotoSansCJKjp", "noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf", weighted=False)
SYMBOLS = (_script("Symbols"), Face("NotoEmoji", "manimgx_fonts", "NotoEmoji[wght].ttf"))
SCRIPTS = {
    "Arab": _script("Arabic"),
    "Armn": _script("Armenian"),
    "Beng": _script("Bengali"),
    "Deva": _script("Devanagari"),
    "Ethi": _script("Ethiopic"),
    "Geor": _script("Georgian"),
    "Gujr": _script("Gujarati"),
    "Guru": _script("Gurmukhi"),
    "Hebr": _script("Hebrew"),
    "Khmr": _script("Khmer"),
    "Knda": _script("Kannada"),
    "Laoo": _script("Lao"),
    "Mlym": _script("Malayalam"),
    "Mymr": _script("Myanmar"),
    "Orya": _script("Oriya"),
    "Sinh": _script("Sinhala"),
    "Taml": _script("Tamil"),
    "Telu": _script("Telugu"),
    "Thai": _script("Thai"),
    **dict.fromkeys(("Hani", "Hira", "Kana", "Hang", "Bopo"), HAN),
}
"""By script (ISO 15924). What has none here is in the Latin face, or in none."""


@cache
def script_of(character: str) -> str:
    return str(script(character))


def face_of(character: str, before: Face | None = None) -> Face | None:
    """The face that has it: of its script, or the one `before` for what belongs to every script; None: no face has."""
    found = script_of(character)
    own = SCRIPTS.get(found)
    if own is not None:
        return own if own.has(character) else None
    if found in COMMON and before is not None and before.has(character):
        return before
    tried = (LATIN,) if found not in COMMON else (LATIN, HAN, *SYMBOLS, *SCRIPTS.values())
    return next((face for face in tried if face.has(character)), None)
