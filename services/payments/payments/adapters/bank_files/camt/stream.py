"""camt.053 (ISO 20022, bank to customer statement; versions 02, 04 and 08 are tested), read as a stream.

One entry is held at a time, whatever the size of the file, and none may be larger than LARGEST_ENTRY. Entities are
never expanded and a document type is refused, so that no file can blow up or reach out.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from payments.adapters.bank_files.amounts import iban
from payments.adapters.bank_files.camt.elements import Element, all_of, amount_of, is_credit, read, text_of
from payments.adapters.bank_files.camt.entries import entries_of
from payments.domain.bank.accounts import account_of
from payments.domain.bank.statement import StatementHead, StatementInvalid, StatementItem

LONGEST_ID = 140
LARGEST_ENTRY = 6 * 1024 * 1024
"""In bytes: what is held at a time, a batch booking of some 10,000 transactions."""
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d\d")


def read_camt(file: Path) -> Iterator[StatementItem]:
    """Heads and entries in the order of the file; only booked entries. Raises StatementInvalid."""
    with file.open("rb") as opened:
        try:
            yield from _items(_XmlFeed(opened))
        except etree.XMLSyntaxError as error:
            line = error.position[0] if error.position else 0
            raise StatementInvalid("not-xml", f"the file is no well-formed XML (line {line})") from None


class _XmlFeed:
    """The file as the parser is fed with it; `held` counts what it was given since something was let go."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.held = 0

    def read(self, size: int) -> bytes:
        chunk = self._file.read(size)
        self.held += len(chunk)
        if self.held > LARGEST_ENTRY:
            raise StatementInvalid("entry-too-large", f"more than {LARGEST_ENTRY} bytes in one entry, or between two")
        return chunk


def _items(fed: _XmlFeed) -> Iterator[StatementItem]:
    events = etree.iterparse(
        fed,
        events=("start", "end"),
        tag=("{*}Stmt", "{*}Ntry"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    statement: Any = None
    where = account = ""
    statements = entries = 0
    for event, element in events:
        if event == "start":
            if statement is None and _is_statement(element):
                statement, statements, entries = element, statements + 1, 0
        elif element is statement or (statement is not None and element.getparent() is statement):
            if entries == 0:
                head = _head(read(statement, without="Ntry"), statements)
                where, account = f"statement {head.statement_id}", head.account
                yield head
            entries += 1
            if element is statement:
                statement = None
            else:
                yield from entries_of(element, account, f"{where}, entry {entries}")
            _forget(element)
            fed.held = 0
    if statements == 0:
        _check_root(events.root)


def _is_statement(element: Any) -> bool:
    """Whether it stands where statements do; the first one shows whether the document is one of ours."""
    parent = element.getparent()
    if element.tag.rpartition("}")[2] != "Stmt" or parent is None or parent.getparent() is None:
        return False
    root = parent.getparent()
    _check_root(root)
    return root.getparent() is None and str(parent.tag).endswith("}BkToCstmrStmt")


def _check_root(root: Any) -> None:
    if root.getroottree().docinfo.doctype:
        raise StatementInvalid("document-type", "a statement has no document type declaration")
    if not _NAMESPACE.fullmatch(root.tag.rpartition("}")[0].lstrip("{")):
        raise StatementInvalid("format-unsupported", "this is no camt.053 document")


def _head(statement: Element, number: int) -> StatementHead:
    """What stands before its first entry. Raises StatementInvalid without an account, or balances of one currency."""
    statement_id = (text_of(statement, "Id") or str(number))[:LONGEST_ID]
    where = f"statement {statement_id}"
    written = text_of(statement, "Acct/Id/IBAN")
    named_currency = text_of(statement, "Acct/Ccy") or ""
    account = iban(written) or written or account_of(text_of(statement, "Acct/Id/Othr/Id") or "", named_currency)
    if not account:
        raise StatementInvalid("account-missing", f"{where} names no account")
    opening, closing = _balances(statement, where)
    currency = (named_currency or closing[1])[:3]
    currencies = {closing[1], opening[1] if opening else closing[1]}
    if currencies != {currency}:
        message = f"{where}: its balances are in {' and '.join(sorted(currencies))}, not {currency}"
        raise StatementInvalid("currency-differs", message)
    return StatementHead(statement_id, account[:LONGEST_ID], currency, opening[0] if opening else None, closing[0])


def _balances(statement: Element, where: str) -> tuple[tuple[int, str] | None, tuple[int, str]]:
    """Opening and closing. A statement of several pages closes and opens in between with interim balances.

    Without an opening balance the closing one has to be that of the day: it is what the entries lead to.
    """
    found: dict[str, list[tuple[int, str]]] = {"OPBD": [], "PRCD": [], "ITBD": [], "CLBD": []}
    for balance in all_of(statement, "Bal"):
        code = text_of(balance, "Tp/CdOrPrtry/Cd")
        if code in found:
            amount, currency = amount_of(balance, where)
            found[code].append((amount if is_credit(balance, where) else -amount, currency))
    opening = [*found["OPBD"][:1], *found["PRCD"][:1], *found["ITBD"][:1]]
    closing = [*found["CLBD"][:1], *found["ITBD"][-1:]]
    if not closing:
        raise StatementInvalid("balance-missing", f"{where} has no booked closing balance")
    return opening[0] if opening else None, closing[0]


def _forget(element: Any) -> None:
    """What was read is let go, with what stood before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
