"""camt.053 (ISO 20022, bank to customer statement; versions 02, 04 and 08 are tested), read as a stream.

One entry is held at a time, whatever the size of the file, and none may be larger than LARGEST_ENTRY. Entities are
never expanded and a document type is refused, so that no file can blow up or reach out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from kernel.money import MOST_MINOR, Money
from payments.adapters.bank_files.amounts import day, iban, minor
from payments.adapters.bank_files.clues import references_in, words_in
from payments.domain.bank.statement import Entry, Head, StatementInvalid, StatementItem

LONGEST_TEXT = 2_000
LONGEST_ID = 140
LARGEST_ENTRY = 6 * 1024 * 1024
"""In bytes: what is held at a time, a batch booking of some 10,000 transactions."""
NO_ID = "NOTPROVIDED"
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
                head = _head(statement, statements)
                where, account = f"statement {head.statement_id}", head.account
                yield head
            entries += 1
            if element is statement:
                statement = None
            else:
                yield from _entries(element, account, f"{where}, entry {entries}")
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


def _head(statement: Any, number: int) -> Head:
    """What stands before its first entry. Raises StatementInvalid without an account, or balances of one currency."""
    statement_id = (_text(statement, "Id") or str(number))[:LONGEST_ID]
    where = f"statement {statement_id}"
    told = _text(statement, "Acct/Id/IBAN")
    account = iban(told) or told or _text(statement, "Acct/Id/Othr/Id")
    if not account:
        raise StatementInvalid("account-missing", f"{where} names no account")
    opening, closing = _balances(statement, where)
    currency = (_text(statement, "Acct/Ccy") or opening[1])[:3]
    if {opening[1], closing[1]} != {currency}:
        raise StatementInvalid(
            "currency-differs", f"{where}: its balances are in {opening[1]} and {closing[1]}, not {currency}"
        )
    return Head(statement_id, account[:LONGEST_ID], currency, opening[0], closing[0])


def _balances(statement: Any, where: str) -> tuple[tuple[int, str], tuple[int, str]]:
    """Opening and closing. A statement of several pages closes and opens in between with interim balances."""
    found: dict[str, list[tuple[int, str]]] = {"OPBD": [], "PRCD": [], "ITBD": [], "CLBD": []}
    for balance in statement.iterchildren("{*}Bal"):
        code = _text(balance, "Tp/CdOrPrtry/Cd")
        if code in found:
            amount, currency = _amount(balance, where)
            found[code].append((amount if _credit(balance, where) else -amount, currency))
    opening = [*found["OPBD"][:1], *found["PRCD"][:1], *found["ITBD"][:1]]
    closing = [*found["CLBD"][:1], *found["ITBD"][-1:]]
    if not opening or not closing:
        raise StatementInvalid("balance-missing", f"{where} has no booked opening or closing balance")
    return opening[0], closing[0]


def _forget(element: Any) -> None:
    """What was read is let go, with what stood before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _entries(entry: Any, account: str, where: str) -> Iterator[Entry]:
    if (_text(entry, "Sts/Cd") or _text(entry, "Sts")) != "BOOK":
        return
    amount, currency = _amount(entry, where)
    credit = _credit(entry, where)
    booked = _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm")
    value = _text(entry, "ValDt/Dt") or _text(entry, "ValDt/DtTm")
    whole = Entry(
        booked_on=day(booked or value, where),
        value_on=day(value, where) if value else None,
        amount_minor=amount,
        counts_minor=amount if credit else -amount,
        currency=currency,
        credit=credit,
        reversal=_text(entry, "RvslInd") in ("true", "1"),
        # Not NtryRef: banks number the entries of a file with it, so that overlapping files differ.
        bank_reference=_text(entry, "AcctSvcrRef"),
        text=(_text(entry, "AddtlNtryInf") or "")[:LONGEST_TEXT],
        charges=_charges(entry, currency, where),
    )
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    if len(details) <= 1:
        yield _part(whole, details[0], account, where, alone=True) if details else _with_clues(whole)
        return
    parts = [_part(whole, each, account, f"{where}, transaction {n}") for n, each in enumerate(details, 1)]
    if any(part.amount_minor == 0 for part in parts):
        yield _with_clues(replace(whole, text=" ".join(p.text for p in parts)[:LONGEST_TEXT]))
        return
    _check_batch(whole, parts, where)
    yield from (replace(part, counts_minor=whole.counts_minor if n == 0 else 0) for n, part in enumerate(parts))


def _check_batch(whole: Entry, parts: Sequence[Entry], where: str) -> None:
    """The transactions make the entry, or do when the bank's charges are taken off."""
    moved = sum(p.amount_minor if p.credit == whole.credit else -p.amount_minor for p in parts)
    charges = {id(p.charges): p.charges.amount_minor for p in parts if p.charges}
    taken_off = sum(charges.values()) * (-1 if whole.credit else 1)
    if whole.amount_minor not in (moved, moved + taken_off):
        raise StatementInvalid("sums-differ", f"{where}: its transactions make {moved}, the entry {whole.amount_minor}")


def _part(whole: Entry, details: Any, account: str, where: str, *, alone: bool = False) -> Entry:
    """One transaction of an entry; its amount is 0 where the bank does not tell it. `alone`: it is the whole entry."""
    own = details.find("{*}Amt")
    own = own if own is not None else details.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
    told = None if own is None or own.get("Ccy") != whole.currency else minor(own.text, own.get("Ccy"), where)
    amount = whole.amount_minor if alone else told or 0
    credit = whole.credit if alone or details.find("{*}CdtDbtInd") is None else _credit(details, where)
    reversal = whole.reversal or details.find("{*}RtrInf/{*}Rsn") is not None
    sides = ("Dbtr", "Cdtr") if credit else ("Cdtr", "Dbtr")
    name, payer = _counterparty(details, sides if reversal else sides[:1], account)
    end_to_end = _text(details, "Refs/EndToEndId")
    texts = [*_texts(details, "RmtInf/Ustrd"), *_texts(details, "RmtInf/Strd/CdtrRefInf/Ref")]
    texts += [*_texts(details, "RmtInf/Strd/AddtlRmtInf"), *_texts(details, "AddtlTxInf"), whole.text]
    return _with_clues(
        replace(
            whole,
            amount_minor=amount,
            credit=credit,
            reversal=reversal,
            bank_reference=_text(details, "Refs/AcctSvcrRef") or whole.bank_reference,
            end_to_end_id=None if end_to_end == NO_ID else end_to_end,
            text=" ".join(t for t in texts if t)[:LONGEST_TEXT],
            counterparty_name=name,
            counterparty_iban=payer,
            charges=_charges(details, whole.currency, where) or whole.charges,
        )
    )


def _counterparty(details: Any, sides: Sequence[str], account: str) -> tuple[str | None, str | None]:
    """Name and IBAN. In a return, banks name the parties as they were, or turned round: it is who is not us."""
    found = [
        (
            _text(details, f"RltdPties/{side}/Pty/Nm") or _text(details, f"RltdPties/{side}/Nm"),
            iban(_text(details, f"RltdPties/{side}Acct/Id/IBAN")),
        )
        for side in sides
    ]
    return next((one for one in found if one[1] not in (None, account)), (found[0][0], None))


def _with_clues(entry: Entry) -> Entry:
    text = f"{entry.text} {entry.end_to_end_id or ''}"
    words = words_in(text)
    return replace(entry, words=words, references=references_in(text, words))


def _amount(parent: Any, where: str) -> tuple[int, str]:
    amount = parent.find("{*}Amt")
    if amount is None:
        raise StatementInvalid("amount-missing", f"{where} has no amount")
    currency = amount.get("Ccy") or ""
    return minor(amount.text, currency, where), currency


def _credit(parent: Any, where: str) -> bool:
    told = _text(parent, "CdtDbtInd")
    if told not in ("CRDT", "DBIT"):
        raise StatementInvalid("direction-missing", f"{where} does not say whether it came in or went out")
    return told == "CRDT"


def _charges(parent: Any, currency: str, where: str) -> Money | None:
    """What the bank took for it, in the currency of the account; less than nothing when it gave some back."""
    whole = parent.find("{*}Chrgs/{*}TtlChrgsAndTaxAmt")
    # Version 02 has the amounts in Chrgs itself, later ones in its records.
    records = [*parent.findall("{*}Chrgs/{*}Rcrd"), *parent.findall("{*}Chrgs")]
    amounts = [(r.find("{*}Amt"), _text(r, "CdtDbtInd") == "CRDT") for r in records]
    if whole is not None:
        amounts = [(whole, False)]
    told = [(minor(a.text, currency, where), back) for a, back in amounts if a is not None and a.get("Ccy") == currency]
    total = sum(-amount if back else amount for amount, back in told)
    if abs(total) > MOST_MINOR:
        raise StatementInvalid("amount-invalid", f"{where}: the charges are larger than any amount that is booked here")
    return Money(total, currency) if told else None


@cache
def _path(path: str) -> str:
    return "/".join("{*}" + step for step in path.split("/"))


def _text(parent: Any, path: str) -> str | None:
    found = parent.findtext(_path(path))
    return " ".join(found.split())[:LONGEST_TEXT] or None if found else None


def _texts(parent: Any, path: str) -> list[str]:
    return [" ".join(e.text.split()) for e in parent.iterfind(_path(path)) if e.text and e.text.strip()]
