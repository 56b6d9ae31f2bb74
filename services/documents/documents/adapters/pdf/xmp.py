"""The XMP packet of a document (ISO 16684-1): what it is, that it is PDF/A-3b, and which invoice is in it.

Written here, since every date in it has to be that of the document, and the properties of Factur-X need the description
of their schema beside them (ISO 19005-3, 6.6.2.3.3).
"""

from datetime import UTC, datetime
from typing import Any

from lxml import etree

_HEAD = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_TAIL = b'\n<?xpacket end="w"?>'
_NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
}
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PROPERTIES = {
    "DocumentFileName": "The name of the embedded XML document",
    "DocumentType": "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER",
    "Version": "The actual version of the standard applying to the embedded XML document",
    "ConformanceLevel": "The conformance level of the embedded XML document",
}
Element = Any


def packet(title: str, author: str, at: datetime, attached: str | None) -> bytes:
    """`attached` is the name of the invoice's file, whose profile is EN 16931."""
    root = etree.Element(_tag("x", "xmpmeta"), nsmap={"x": _NAMESPACES["x"]})
    # The prefix is bound on the element itself, where strict readers look for it.
    rdf = etree.SubElement(root, _tag("rdf", "RDF"), nsmap={"rdf": _NAMESPACES["rdf"]})
    _leaves(_block(rdf, "pdfaid"), "pdfaid", {"part": "3", "conformance": "B"})
    _title(_block(rdf, "dc"), title, author)
    _leaves(_block(rdf, "pdf"), "pdf", {"Producer": "Chairside"})
    day = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    times = dict.fromkeys(("CreateDate", "ModifyDate", "MetadataDate"), day)
    _leaves(_block(rdf, "xmp"), "xmp", {"CreatorTool": "Chairside", **times})
    if attached is not None:
        _extension(_block(rdf, "pdfaExtension", "pdfaSchema", "pdfaProperty"))
        facts = {"DocumentType": "INVOICE", "DocumentFileName": attached, "Version": "1.0"}
        _leaves(_block(rdf, "fx"), "fx", {**facts, "ConformanceLevel": "EN 16931"})
    return _HEAD + bytes(etree.tostring(root, encoding="UTF-8", pretty_print=True)) + _TAIL


def _tag(prefix: str, name: str) -> str:
    return f"{{{_NAMESPACES[prefix]}}}{name}"


def _block(rdf: Element, *prefixes: str) -> Element:
    block = etree.SubElement(rdf, _tag("rdf", "Description"), nsmap={p: _NAMESPACES[p] for p in prefixes})
    block.set(_tag("rdf", "about"), "")
    return block


def _leaves(parent: Element, prefix: str, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        etree.SubElement(parent, _tag(prefix, name)).text = text


def _title(block: Element, title: str, author: str) -> None:
    alternatives = etree.SubElement(etree.SubElement(block, _tag("dc", "title")), _tag("rdf", "Alt"))
    in_default = etree.SubElement(alternatives, _tag("rdf", "li"))
    in_default.set(_LANGUAGE, "x-default")
    in_default.text = title
    authors = etree.SubElement(etree.SubElement(block, _tag("dc", "creator")), _tag("rdf", "Seq"))
    etree.SubElement(authors, _tag("rdf", "li")).text = author


def _extension(block: Element) -> None:
    """What the properties of Factur-X are, for readers that do not know them."""
    schema = _resource(block, "pdfaExtension", "schemas", "Bag")
    texts = {"schema": "Factur-X PDFA Extension Schema", "namespaceURI": _NAMESPACES["fx"], "prefix": "fx"}
    _leaves(schema, "pdfaSchema", texts)
    listed = etree.SubElement(etree.SubElement(schema, _tag("pdfaSchema", "property")), _tag("rdf", "Seq"))
    for name, description in _PROPERTIES.items():
        described = {"name": name, "valueType": "Text", "category": "external", "description": description}
        _leaves(_item(listed), "pdfaProperty", described)


def _resource(parent: Element, prefix: str, name: str, container: str) -> Element:
    return _item(etree.SubElement(etree.SubElement(parent, _tag(prefix, name)), _tag("rdf", container)))


def _item(container: Element) -> Element:
    item = etree.SubElement(container, _tag("rdf", "li"))
    item.set(_tag("rdf", "parseType"), "Resource")
    return item
