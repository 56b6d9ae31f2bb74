"""A logo as dots, once, when it is uploaded: no drawing of a stranger is near a document. For worker processes only.

What a drawing names outside of itself is refused before anything reads it, so nothing is fetched and no file is opened.
"""

import io
import re

import resvg_py
from lxml import etree
from PIL import Image, UnidentifiedImageError

from documents.domain.looks.logo import LogoInvalid, Picture

MOST_DOTS = 40_000_000
"""Of a picture as it comes: more are of no use on paper."""
WIDEST, HIGHEST = 1200, 480
"""Dots as it is printed, at more than 400 to the inch."""
_FORMATS = ("PNG", "JPEG")
_ACTIVE = frozenset({"script", "foreignObject", "iframe", "audio", "video", "handler"})
_OWN = re.compile(r"\s*(?:#|data:image/(?:png|jpeg);base64,)", re.IGNORECASE)
_OUTSIDE = re.compile(r"@import|url\(\s*['\"]?\s*(?!#)", re.IGNORECASE)


def picture_of(content: bytes) -> Picture:
    """Of a PNG, a JPEG or an SVG. Raises LogoInvalid."""
    drawing = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    image = _opened(_drawn(content) if drawing else content)
    image.thumbnail((WIDEST, HIGHEST))
    clear = image.convert("RGBA")
    paper = Image.new("RGB", clear.size, "white")
    paper.paste(clear, mask=clear.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), *paper.size)


def _opened(content: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
        if image.width * image.height > MOST_DOTS:
            raise LogoInvalid(f"has {image.width} x {image.height} dots, and may have {MOST_DOTS}")
        image.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise LogoInvalid("is neither a whole PNG, nor a JPEG, nor an SVG") from None
    return image


def _drawn(content: bytes) -> bytes:
    """Without the machine's own faces: text in a logo is to be outlines."""
    _refuse_outside(content)
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=content.decode(), width=WIDEST, skip_system_fonts=True))
    except (ValueError, RuntimeError):
        raise LogoInvalid("is no SVG that can be drawn") from None


def _refuse_outside(content: bytes) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise LogoInvalid("is no well-formed SVG") from None
    if root.getroottree().docinfo.doctype:
        raise LogoInvalid("has a document type, which a drawing has no need of")
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element).localname
        if name in _ACTIVE:
            raise LogoInvalid(f"has a `{name}`")
        texts = [element.text or "", *map(str, element.attrib.values())]
        links = [str(value) for key, value in element.attrib.items() if etree.QName(key).localname in ("href", "src")]
        if any(_OUTSIDE.search(text) for text in texts) or not all(_OWN.match(link) for link in links):
            raise LogoInvalid("refers to something outside of itself")
