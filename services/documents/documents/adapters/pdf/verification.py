"""Whether what was written is PDF/A-3b, by pikepdf's verifier, with what pages draw summed up.

The verifier takes each instruction of a page by itself, which costs as much as printing them. What a page of ours draws
is read by its own few forms (`content`), and the verifier sees a page that shows the same codes in the same faces, and
draws the same forms. A stream that has any other instruction it sees as it is.
"""

import io
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256

import pikepdf
from pikepdf import Dictionary, Name, Pdf, pdfa

from documents.adapters.pdf.content import Drawn, read

FLAVOUR = "3b"
_verified: defaultdict[bytes, frozenset[int]] = defaultdict(frozenset)
"""By what a face is made of, the codes whose glyphs this process has verified: they are no others the next time."""


class NotArchivable(Exception):
    """What was printed is no PDF/A; `rule` is what it breaks, without anything of the document."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def saved(document: Pdf) -> io.BytesIO:
    written = io.BytesIO()
    document.save(written, **pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True))
    return written


def verify(written: io.BytesIO, metadata: bytes) -> None:
    """Reads what was written. `metadata` is its XMP packet without schemas but those of PDF/A, which alone are known.

    Raises NotArchivable.
    """
    shown: defaultdict[bytes, frozenset[int]] = defaultdict(frozenset)
    with pikepdf.open(written, inherit_page_attributes=False) as document:
        for stream, resources in _drawn(document):
            if (drawn := read(stream.read_bytes())) is not None:
                stream.write(_unverified(drawn, resources, shown).summary())
        document.Root.Metadata.write(metadata)
        report = pdfa.validate_written(saved(document), FLAVOUR)
    if not report.passed:
        raise NotArchivable(report.findings[0].rule if report.findings else report.verdict)
    for face, codes in shown.items():
        _verified[face] |= codes


def _drawn(document: Pdf) -> Iterator[tuple[pikepdf.Object, pikepdf.Object]]:
    """What is drawn by instructions: pages and the forms on them, each with its resources."""
    for page in document.pages:
        resources = page.obj.get(Name.Resources, Dictionary())
        if isinstance(content := page.obj.get(Name.Contents), pikepdf.Stream):
            yield content, resources
        for form in resources.get(Name.XObject, Dictionary()).values():
            if form.get(Name.Subtype) == Name.Form:
                yield form, form.get(Name.Resources, Dictionary())


def _unverified(drawn: Drawn, resources: pikepdf.Object, shown: defaultdict[bytes, frozenset[int]]) -> Drawn:
    """Without codes that were verified before; adds all of them to what the document shows in each face."""
    left: dict[bytes, frozenset[int]] = {}
    fonts = resources.get(Name.Font, Dictionary())
    for name, codes in drawn.shown.items():
        face = _face(fonts.get(name.decode()))
        left[name] = codes if face is None else codes - _verified[face]
        if face is not None:
            shown[face] |= codes
    return Drawn(left, drawn.drawn)


def _face(font: pikepdf.Object | None) -> bytes | None:
    """All that decides which glyph a code of an embedded TrueType face has, and how wide it is; None for others."""
    if (
        font is None
        or font.get(Name.Subtype) != Name.TrueType
        or Name.FontFile2 not in font.get(Name.FontDescriptor, ())
    ):
        return None
    described = font.FontDescriptor
    facts = (font.get(key) for key in (Name.FirstChar, Name.LastChar, Name.Widths, Name.Encoding))
    digest = sha256(described.FontFile2.read_raw_bytes())
    digest.update(repr([*(_written(fact) for fact in facts), _written(described.get(Name.Flags))]).encode())
    return digest.digest()


def _written(value: object) -> bytes | str:
    return value.unparse(resolved=True) if isinstance(value, pikepdf.Object) else repr(value)
