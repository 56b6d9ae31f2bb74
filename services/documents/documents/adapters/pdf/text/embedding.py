"""Glyphs in a PDF: a Type 0 font of each face (ISO 32000-1, 9.7), cut down to what was drawn of it.

Each pair of a glyph and the text that it stands for has a code of its own, so that what is copied or searched is the
text, whatever the shape: ToUnicode says it. The bytes follow from the text alone.
"""

import struct
from functools import lru_cache
from typing import Any

import uharfbuzz as hb
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFObject, PDFStream, PDFString, PDFZCompress

from documents.adapters.pdf.text.faces import Face
from documents.adapters.pdf.text.shaping import UNITS, Glyph

_DROPPED = frozenset(
    int.from_bytes(tag, "big") for tag in (b"GSUB", b"GPOS", b"GDEF", b"BASE", b"STAT", b"DSIG", b"name")
)
"""What shapes text has done its work."""


class GlyphFont:
    """One face in one document. reportlab asks for its objects when the document is written."""

    def __init__(self, document: Any, face: Face, *, bold: bool) -> None:
        self.name = f"G{len(document.fontMapping) + 1}"
        self._face, self._bold = face, bold and face.weighted
        self._codes: dict[tuple[int, str], int] = {}
        self._advances: dict[int, float] = {}
        document.fontMapping[self.key(face, bold=bold)] = f"/{self.name}"
        document.delayedFonts.append(self)

    @staticmethod
    def key(face: Face, *, bold: bool) -> str:
        return f"{face.name}-{'Bold' if bold else 'Regular'}"

    def code(self, glyph: Glyph) -> int:
        """Of a face with CFF outlines it is the glyph's number: its texts cannot be texts apart."""
        if self._face.outlines == "CFF ":
            self._codes.setdefault((glyph.number, glyph.text), glyph.number)
            return glyph.number
        return self._codes.setdefault((glyph.number, glyph.text), len(self._codes) + 1)

    def width(self, glyph: Glyph) -> float:
        """As the PDF says it, in thousandths, whatever the glyph advances by where it stands."""
        if glyph.number not in self._advances:
            font = hb.Font(self._face.face)
            font.set_variations(self._face.axes(bold=self._bold))
            self._advances[glyph.number] = round(
                font.get_glyph_h_advance(glyph.number) * UNITS / self._face.face.upem, 2
            )
        return self._advances[glyph.number]

    def addObjects(self, document: Any) -> None:  # noqa: N802
        """The name is reportlab's."""
        glyphs = tuple(sorted({number for number, _ in self._codes}))
        font, numbers = _subset(self._face, self._bold, glyphs)
        name = PDFName(f"{_tag(self.name)}+{self._face.name}{'-Bold' if self._bold else ''}")
        descendant = PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("CIDFontType0" if self._face.outlines == "CFF " else "CIDFontType2"),
                "BaseFont": name,
                "CIDSystemInfo": PDFDictionary(
                    {"Registry": PDFString("Adobe"), "Ordering": PDFString("Identity"), "Supplement": 0}
                ),
                "FontDescriptor": document.Reference(self._descriptor(document, name, font), f"desc-{self.name}"),
                "DW": 0,
                "W": self._widths(),
            }
        )
        if self._face.outlines != "CFF ":
            descendant["CIDToGIDMap"] = document.Reference(_stream(self._glyph_map(numbers)), f"gids-{self.name}")
        whole = PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("Type0"),
                "BaseFont": name,
                "Encoding": PDFName("Identity-H"),
                "DescendantFonts": PDFArray([document.Reference(descendant, f"cid-{self.name}")]),
                "ToUnicode": document.Reference(_stream(self._to_unicode()), f"text-{self.name}"),
            }
        )
        document.Reference(whole, self.name)
        document.idToObject["BasicFonts"].dict[self.name] = document.Reference(whole, self.name)

    def _descriptor(self, document: Any, name: PDFObject, font: bytes) -> PDFDictionary:
        boxes = struct.unpack(">4h", bytes(self._face.face.reference_table("head").data)[36:44])
        extents = hb.Font(self._face.face).get_font_extents("ltr")
        scale = UNITS / self._face.face.upem
        compact = self._face.outlines == "CFF "
        program = _stream(font, {"Subtype": PDFName("CIDFontType0C")} if compact else {"Length1": len(font)})
        return PDFDictionary(
            {
                "Type": PDFName("FontDescriptor"),
                "FontName": name,
                "Flags": 4,
                "FontBBox": PDFArray([round(each * scale) for each in boxes]),
                "ItalicAngle": 0,
                "Ascent": round(extents.ascender * scale),
                "Descent": round(extents.descender * scale),
                "CapHeight": round(extents.ascender * scale * 0.7),
                "StemV": 120 if self._bold else 80,
                "FontFile3" if compact else "FontFile2": document.Reference(program, f"file-{self.name}"),
            }
        )

    def _widths(self) -> PDFArray:
        found = {
            code: self._advances[number] for (number, _), code in sorted(self._codes.items(), key=lambda one: one[1])
        }
        return PDFArray([each for code, width in found.items() for each in (code, PDFArray([width]))])

    def _glyph_map(self, numbers: dict[int, int]) -> bytes:
        glyphs = {code: numbers[number] for (number, _), code in self._codes.items()}
        return b"".join(struct.pack(">H", glyphs.get(code, 0)) for code in range(len(glyphs) + 1))

    def _to_unicode(self) -> bytes:
        texts: dict[int, str] = {}
        for (_, text), code in self._codes.items():
            texts[code] = texts.get(code) or text
        lines = [f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in sorted(texts.items())]
        blocks = [lines[at : at + 100] for at in range(0, len(lines), 100)]
        listed = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return _CMAP.replace("LINES", listed).encode()


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
LINES
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def _tag(name: str) -> str:
    """Six letters, others for each font of a document (ISO 32000-1, 9.6.4)."""
    number = int(name[1:])
    return "".join(chr(65 + number // 26**place % 26) for place in range(6))


def _stream(content: bytes, entries: dict[str, object] | None = None) -> PDFStream:
    stream = PDFStream(dictionary=PDFDictionary(entries or {}), content=content)
    stream.filters = [PDFZCompress]
    return stream


@lru_cache(maxsize=64)
def _subset(face: Face, bold: bool, glyphs: tuple[int, ...]) -> tuple[bytes, dict[int, int]]:
    """The file, static at its weight, and the numbers that its glyphs have in it."""
    wanted = hb.SubsetInput()
    wanted.glyph_set.update({0, *glyphs})
    wanted.drop_table_tag_set.update(_DROPPED)
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    for tag, value in face.axes(bold=bold).items():
        wanted.pin_axis_location(face.face, tag, value)
    plan = hb.SubsetPlan(face.face, wanted)
    made = plan.execute()
    numbers = dict(plan.old_to_new_glyph_mapping)
    if face.outlines == "CFF ":
        return bytes(made.reference_table("CFF ").data), numbers
    return bytes(made.blob.data), numbers
