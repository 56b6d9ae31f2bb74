"""Reads off the elements of a camt.053 document.

An entry is walked once, which lxml does in the time in which it finds two of its twenty elements by their paths.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from kernel.money import MOST_MINOR, Money
from kernel.value import value
from payments.adapters.bank_files.amounts import minor
from payments.domain.bank.statement import StatementInvalid

LONGEST_TEXT = 2_000


@value
class Element:
    """What is read of an element: its own text, its currency (`Ccy`) and its children by their names."""

    text: str | None
    currency: str | None
    children: Mapping[str, Sequence["Element"]]


NO_CHILDREN: Mapping[str, Sequence[Element]] = {}


def read(element: Any, without: str = "") -> Element:
    """An element of lxml, whatever the version of its namespace is, without the children of one name."""
    children: dict[str, list[Element]] = {}
    for child in element.iterchildren("*"):
        name = _name(child.tag)
        if name != without:
            of_child = read(child) if len(child) else Element(child.text, child.get("Ccy"), NO_CHILDREN)
            if name in children:
                children[name].append(of_child)
            else:
                children[name] = [of_child]
    return Element(element.text, element.get("Ccy"), children)


@lru_cache(maxsize=1_024)
def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


def all_of(parent: Element, path: str) -> Sequence[Element]:
    """What there is at the path, in the order of the document."""
    found: Sequence[Element] = (parent,)
    for step in _steps(path):
        found = [child for each in found for child in each.children.get(step, ())]
    return found


def first_of(parent: Element, path: str) -> Element | None:
    found = parent
    for step in _steps(path):
        there = found.children.get(step)
        if there is None:
            return None
        if len(there) > 1:
            return next(iter(all_of(parent, path)), None)
        found = there[0]
    return found


def text_of(parent: Element, path: str) -> str | None:
    """Of the first that there is at the path."""
    found = first_of(parent, path)
    return " ".join(found.text.split())[:LONGEST_TEXT] or None if found is not None and found.text else None


def texts_of(parent: Element, path: str) -> list[str]:
    return [" ".join(e.text.split()) for e in all_of(parent, path) if e.text and e.text.strip()]


def amount_of(parent: Element, where: str) -> tuple[int, str]:
    amount = first_of(parent, "Amt")
    if amount is None:
        raise StatementInvalid("amount-missing", f"{where} has no amount")
    currency = amount.currency or ""
    return minor(amount.text, currency, where), currency


def is_credit(parent: Element, where: str) -> bool:
    direction = text_of(parent, "CdtDbtInd")
    if direction not in ("CRDT", "DBIT"):
        raise StatementInvalid("direction-missing", f"{where} does not say whether it came in or went out")
    return direction == "CRDT"


def charges_of(parent: Element, currency: str, where: str) -> Money | None:
    """What the bank took for it, in the currency of the account; less than nothing when it gave some back."""
    charges = all_of(parent, "Chrgs")
    if not charges:
        return None
    whole = first_of(parent, "Chrgs/TtlChrgsAndTaxAmt")
    # Version 02 has the amounts in Chrgs itself, later ones in its records.
    records = [*all_of(parent, "Chrgs/Rcrd"), *charges]
    amounts = [(first_of(r, "Amt"), text_of(r, "CdtDbtInd") == "CRDT") for r in records]
    if whole is not None:
        amounts = [(whole, False)]
    found = [(minor(a.text, currency, where), back) for a, back in amounts if a is not None and a.currency == currency]
    total = sum(-amount if back else amount for amount, back in found)
    if abs(total) > MOST_MINOR:
        raise StatementInvalid("amount-invalid", f"{where}: the charges are larger than any amount that is booked here")
    return Money(total, currency) if found else None
