"""Elements of one namespace, in the order of its schema. An empty element is none: it is not written."""

from dataclasses import dataclass
from typing import Any

from lxml import etree

Element = Any
"""lxml has no types."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """Makes children in a namespace."""

    uri: str

    def tag(self, name: str) -> str:
        return f"{{{self.uri}}}{name}"

    def node(self, parent: Element, name: str) -> Element:
        """A child that holds others."""
        return etree.SubElement(parent, self.tag(name))

    def leaf(self, parent: Element, name: str, text: str | None, **attributes: str) -> None:
        """A child with a text, unless there is none."""
        if text:
            etree.SubElement(parent, self.tag(name), attributes).text = text


def written(root: Element) -> bytes:
    """In UTF-8 with its declaration: the same bytes for the same elements."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
