"""The entries of a camt.053 statement; of a batch booking each transaction."""

from collections.abc import Iterator, Sequence
from typing import Any

from kernel.money import Money, written
from kernel.value import replace
from payments.adapters.bank_files.amounts import day, iban, minor
from payments.adapters.bank_files.camt.elements import (
    LONGEST_TEXT,
    Element,
    amount_of,
    charges_of,
    first_of,
    is_credit,
    read,
    text_of,
    texts_of,
)
from payments.adapters.bank_files.clues import named, with_clues
from payments.adapters.bank_files.parties import plain_name
from payments.adapters.bank_files.returns import is_returned
from payments.domain.bank.statement import Entry, StatementInvalid

RETURNS = {"RPCR", "RRTN", "RCDD", "UPDD", "PRDD", "ARET", "AREV", "UPCQ", "XPCQ", "CQRV", "UPCT", "UDFT"}
"""Sub-families of ISO 20022's bank transaction codes: returned, recalled, reversed or unpaid."""


def entries_of(element: Any, account: str, where: str) -> Iterator[Entry]:
    """Of an element of lxml: the transactions of a batch booking are walked one after the other."""
    entry = read(element, without="NtryDtls")
    if (text_of(entry, "Sts/Cd") or text_of(entry, "Sts")) != "BOOK":
        return
    amount, currency = amount_of(entry, where)
    credit = is_credit(entry, where)
    booked = text_of(entry, "BookgDt/Dt") or text_of(entry, "BookgDt/DtTm")
    value = text_of(entry, "ValDt/Dt") or text_of(entry, "ValDt/DtTm")
    whole = Entry(
        booked_on=day(booked or value, where),
        value_on=day(value, where) if value else None,
        amount_minor=amount,
        counts_minor=amount if credit else -amount,
        currency=currency,
        credit=credit,
        reversal=text_of(entry, "RvslInd") in ("true", "1") or _is_return(entry),
        # Not NtryRef: banks number the entries of a file with it, so that overlapping files differ.
        bank_reference=named(text_of(entry, "AcctSvcrRef")),
        text=(named(text_of(entry, "AddtlNtryInf")) or "")[:LONGEST_TEXT],
        charges=charges_of(entry, currency, where),
    )
    details = element.findall("{*}NtryDtls/{*}TxDtls")
    if len(details) <= 1:
        yield _part(whole, read(details[0]), account, where, alone=True) if details else with_clues(whole, account)
        return
    parts = [_part(whole, read(each), account, f"{where}, transaction {n}") for n, each in enumerate(details, 1)]
    if any(part.amount_minor == 0 for part in parts):
        yield with_clues(replace(whole, text=" ".join(p.text for p in parts)[:LONGEST_TEXT]), account)
        return
    _check_batch(whole, parts, where)
    yield from (replace(part, counts_minor=whole.counts_minor if n == 0 else 0) for n, part in enumerate(parts))


def _check_batch(whole: Entry, parts: Sequence[Entry], where: str) -> None:
    """The transactions make the entry, or do when the bank's charges are taken off."""
    moved = sum(p.amount_minor if p.credit == whole.credit else -p.amount_minor for p in parts)
    charges = {id(p.charges): p.charges.amount_minor for p in parts if p.charges}
    taken_off = sum(charges.values()) * (-1 if whole.credit else 1)
    if whole.amount_minor not in (moved, moved + taken_off):
        made, entry = (written(Money(amount_minor, whole.currency)) for amount_minor in (moved, whole.amount_minor))
        raise StatementInvalid("sums-differ", f"{where}: its transactions make {made}, the entry {entry}")


def _part(whole: Entry, details: Element, account: str, where: str, *, alone: bool = False) -> Entry:
    """One transaction of an entry; its amount is 0 where the bank does not say it. `alone`: it is the whole entry."""
    own = first_of(details, "Amt") or first_of(details, "AmtDtls/TxAmt/Amt")
    stated = None if own is None or own.currency != whole.currency else minor(own.text, own.currency, where)
    amount = whole.amount_minor if alone else stated or 0
    credit = whole.credit if alone or first_of(details, "CdtDbtInd") is None else is_credit(details, where)
    reversal = whole.reversal or first_of(details, "RtrInf") is not None or _is_return(details)
    sides = ("Dbtr", "Cdtr") if credit else ("Cdtr", "Dbtr")
    name, payer = _counterparty(details, sides if reversal else sides[:1], account)
    fields = (*texts_of(details, "RmtInf/Ustrd"), *texts_of(details, "RmtInf/Strd/CdtrRefInf/Ref"))
    texts = [*fields, *texts_of(details, "RmtInf/Strd/RfrdDocInf/Nb"), *texts_of(details, "RmtInf/Strd/AddtlRmtInf")]
    texts += [*texts_of(details, "AddtlTxInf"), whole.text]
    return with_clues(
        replace(
            whole,
            amount_minor=amount,
            credit=credit,
            reversal=reversal,
            bank_reference=named(text_of(details, "Refs/AcctSvcrRef")) or whole.bank_reference,
            end_to_end_id=named(text_of(details, "Refs/EndToEndId")),
            text=" ".join(t for t in texts if named(t))[:LONGEST_TEXT],
            counterparty_name=name,
            counterparty_iban=payer,
            charges=charges_of(details, whole.currency, where) or whole.charges,
        ),
        account,
        fields=fields,
    )


def _is_return(parent: Element) -> bool:
    """By ISO's code, or by the German one that stands in the bank's own (`NRTI+109+00931`)."""
    if text_of(parent, "BkTxCd/Domn/Fmly/SubFmlyCd") in RETURNS:
        return True
    return is_returned(*(text_of(parent, "BkTxCd/Prtry/Cd") or "").split("+")[:2])


def _counterparty(details: Element, sides: Sequence[str], account: str) -> tuple[str | None, str | None]:
    """Name and IBAN. In a return, banks name the parties as they were, or turned round: it is who is not us."""
    found = [
        (
            plain_name(text_of(details, f"RltdPties/{side}/Pty/Nm") or text_of(details, f"RltdPties/{side}/Nm")),
            iban(text_of(details, f"RltdPties/{side}Acct/Id/IBAN")),
        )
        for side in sides
    ]
    return next((party for party in found if party[1] not in (None, account)), (found[0][0], None))
