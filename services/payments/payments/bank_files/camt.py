"""camt.053 (ISO 20022, bank to customer statement; versions 02, 04 and 08 are tested), read as a stream.

One entry is held at a time, whatever the size of the file. Entities are never expanded and a document type is refused,
so that no file can blow up or reach out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lxml import etree

from payments.bank_files.amounts import day, minor
from payments.bank_files.clues import references_in, words_in
from payments.domain.bank.statement import Entry, Head, Item, StatementInvalid

LONGEST_TEXT = 2_000
NO_ID = "NOTPROVIDED"
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d\d")


@dataclass
class _Statement:
    """What is known of a statement before its first entry."""

    number: int
    statement_id: str = ""
    account: str = ""
    currency: str | None = None
    balances: dict[str, tuple[int, str]] = field(default_factory=dict)
    entries: int = 0
    told: bool = False

    @property
    def where(self) -> str:
        return f"statement {self.statement_id or self.number}"

    def head(self) -> Head:
        if not self.account:
            raise StatementInvalid("account-missing", f"{self.where} names no account")
        opening = self.balances.get("OPBD") or self.balances.get("PRCD")
        closing = self.balances.get("CLBD")
        if opening is None or closing is None:
            raise StatementInvalid("balance-missing", f"{self.where} has no booked opening or closing balance")
        currency = self.currency or opening[1]
        if {opening[1], closing[1]} != {currency}:
            raise StatementInvalid(
                "currency-differs", f"{self.where}: its balances are in {opening[1]} and {closing[1]}, not {currency}"
            )
        return Head(self.statement_id or str(self.number), self.account, currency, opening[0], closing[0])


def read_camt(file: Path) -> Iterator[Item]:
    """Heads and entries in the order of the file; only booked entries. Raises StatementInvalid."""
    try:
        yield from _items(file)
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise StatementInvalid("not-xml", f"the file is no well-formed XML (line {line})") from None


def _items(file: Path) -> Iterator[Item]:
    events = etree.iterparse(
        str(file), events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    statement: _Statement | None = None
    count = 0
    path: list[str] = []
    for event, element in events:
        name = _name(element)
        if event == "start":
            if not path:
                _check_root(element)
            path.append(name)
            if path[1:] == ["BkToCstmrStmt", "Stmt"]:
                count += 1
                statement = _Statement(count)
            continue
        path.pop()
        if statement is None:
            continue
        match path[3:], name:
            case [], "Id":
                statement.statement_id = (element.text or "").strip()[:140]
            case [], "Acct":
                statement.account = _text(element, "Id/IBAN") or _text(element, "Id/Othr/Id") or ""
                statement.currency = _text(element, "Ccy")
            case [], "Bal":
                _take_balance(statement, element)
            case [], "Ntry":
                if not statement.told:
                    statement.told = True
                    yield statement.head()
                statement.entries += 1
                yield from _entries(element, f"{statement.where}, entry {statement.entries}")
                _forget(element)
            case _ if path[1:] == ["BkToCstmrStmt"] and name == "Stmt":
                if not statement.told:
                    yield statement.head()
                statement = None
                _forget(element)


def _check_root(root: Any) -> None:
    if root.getroottree().docinfo.doctype:
        raise StatementInvalid("document-type", "a statement has no document type declaration")
    if not _NAMESPACE.fullmatch(root.tag.rpartition("}")[0].lstrip("{")):
        raise StatementInvalid("format-unsupported", "this is no camt.053 document")


def _forget(element: Any) -> None:
    """What was read is let go, with what stood before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _take_balance(statement: _Statement, balance: Any) -> None:
    code = _text(balance, "Tp/CdOrPrtry/Cd")
    if code not in ("OPBD", "PRCD", "CLBD") or code in statement.balances:
        return
    amount, currency = _amount(balance, statement.where)
    sign = -1 if _text(balance, "CdtDbtInd") == "DBIT" else 1
    statement.balances[code] = (sign * amount, currency)


def _entries(entry: Any, where: str) -> Iterator[Entry]:
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
        bank_reference=_text(entry, "AcctSvcrRef") or _text(entry, "NtryRef"),
        text=(_text(entry, "AddtlNtryInf") or "")[:LONGEST_TEXT],
        charges_minor=_charges(entry, where),
    )
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    parts = [_part(whole, each, f"{where}, transaction {n}") for n, each in enumerate(details, 1)]
    if len(parts) <= 1:
        yield replace(parts[0], amount_minor=amount) if parts else _with_clues(whole)
        return
    if any(part.amount_minor == 0 for part in parts):
        yield _with_clues(replace(whole, text=" ".join(p.text for p in parts)[:LONGEST_TEXT]))
        return
    moved = sum(p.amount_minor if p.credit == credit else -p.amount_minor for p in parts)
    if moved != amount:
        raise StatementInvalid("sums-differ", f"{where}: its transactions make {moved}, the entry {amount}")
    yield from (replace(part, counts_minor=whole.counts_minor if n == 0 else 0) for n, part in enumerate(parts))


def _part(whole: Entry, details: Any, where: str) -> Entry:
    """One transaction of an entry; its amount is 0 where the bank does not tell it."""
    own = details.find("{*}Amt")
    own = own if own is not None else details.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
    amount = 0 if own is None or own.get("Ccy") != whole.currency else minor(own.text, own.get("Ccy"), where)
    told = _text(details, "CdtDbtInd")
    credit = whole.credit if told is None else told == "CRDT"
    side = "Dbtr" if credit else "Cdtr"
    end_to_end = _text(details, "Refs/EndToEndId")
    texts = [*_texts(details, "RmtInf/Ustrd"), *_texts(details, "RmtInf/Strd/CdtrRefInf/Ref")]
    texts += [*_texts(details, "RmtInf/Strd/AddtlRmtInf"), *_texts(details, "AddtlTxInf"), whole.text]
    return _with_clues(
        replace(
            whole,
            amount_minor=amount,
            credit=credit,
            bank_reference=_text(details, "Refs/AcctSvcrRef") or whole.bank_reference,
            end_to_end_id=None if end_to_end == NO_ID else end_to_end,
            text=" ".join(t for t in texts if t)[:LONGEST_TEXT],
            counterparty_name=_text(details, f"RltdPties/{side}/Pty/Nm") or _text(details, f"RltdPties/{side}/Nm"),
            counterparty_iban=_text(details, f"RltdPties/{side}Acct/Id/IBAN"),
            charges_minor=whole.charges_minor if (own := _charges(details, where)) is None else own,
        )
    )


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


def _charges(parent: Any, where: str) -> int | None:
    total = parent.find("{*}Chrgs/{*}TtlChrgsAndTaxAmt")
    amounts = (
        [total]
        if total is not None
        else [*parent.findall("{*}Chrgs/{*}Amt"), *parent.findall("{*}Chrgs/{*}Rcrd/{*}Amt")]
    )
    return sum(minor(a.text, a.get("Ccy"), where) for a in amounts) if amounts else None


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(parent: Any, path: str) -> str | None:
    found = parent.findtext("/".join("{*}" + step for step in path.split("/")))
    return " ".join(found.split())[:LONGEST_TEXT] or None if found else None


def _texts(parent: Any, path: str) -> list[str]:
    found = parent.findall("/".join("{*}" + step for step in path.split("/")))
    return [" ".join(e.text.split()) for e in found if e.text and e.text.strip()]
