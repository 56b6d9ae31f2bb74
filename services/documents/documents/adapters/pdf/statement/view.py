"""What is on a statement of account, as text in the reader's language: the patient's own part."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from documents.adapters.pdf.grids import Column, Grid, Sum
from documents.adapters.pdf.parties import (
    Fact,
    Letterhead,
    Reader,
    account_of,
    in_fours,
    known,
    letterhead,
    reader_of,
    recipient_lines,
)
from documents.adapters.pdf.sheets import Sheet, sheet_for
from documents.facts import OwedBy, StatementFacts, StatementLedger

TEMPLATE = "statement/2"


@dataclass(frozen=True, slots=True)
class StatementView:
    """Everything the template shows; for each currency a grid of entries, one of ages, and who owes what."""

    words: Mapping[str, str]
    head: Letterhead
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    ledgers: tuple[tuple[Grid, Grid, tuple[Fact, ...]], ...]
    request: str
    account: tuple[Fact, ...]
    sheet: Sheet


def statement_view(facts: StatementFacts) -> StatementView:
    home = facts.seller.address.country if facts.seller else None
    reader = reader_of(facts.buyer.locale if facts.buyer else None, home)
    words = reader.words
    owes = any(ledger.open.amount_minor > 0 for ledger in facts.ledgers)
    head = letterhead(facts.seller, reader, facts.clinic)
    title = f"{words['statement']} {reader.formats.day(facts.as_of)}"
    return StatementView(
        words=words,
        head=head,
        recipient=recipient_lines(facts.buyer, reader) if facts.buyer else (),
        facts=_facts(facts, reader),
        ledgers=tuple(
            (_entries(ledger, reader), _ages(ledger, reader), _owed(ledger, reader)) for ledger in facts.ledgers
        ),
        request=words["statement_open"] if owes else words["statement_settled"],
        account=_account(facts, reader) if owes else (),
        sheet=sheet_for(reader, head, title, datetime.combine(facts.as_of, time(), UTC)),
    )


def _facts(facts: StatementFacts, reader: Reader) -> tuple[Fact, ...]:
    words = reader.words
    return known(
        (words["as_of"], reader.formats.day(facts.as_of)),
        (words["patient"], facts.buyer.name if facts.buyer else facts.patient_id),
        (words["patient_number"], facts.patient_id),
        (words["family"], ", ".join(facts.members)),
    )


def _entries(ledger: StatementLedger, reader: Reader) -> Grid:
    words, formats = reader.words, reader.formats
    columns = (
        Column(words["date"]),
        Column(words["patient"]),
        Column(words["what"]),
        Column(words["its_number"], "text"),
        Column(words["owed"], "amount"),
        Column(words["balance"], "amount"),
    )
    rows = tuple(
        (formats.day(e.on), e.patient or "", words[e.word], e.number, formats.bare(e.amount), formats.bare(e.balance))
        for e in ledger.entries
    )
    sums = [Sum(words["open"], formats.amount(ledger.open), "due")]
    if ledger.credit.amount_minor:
        sums = [
            Sum(words["open"], formats.bare(ledger.open)),
            Sum(words["credit"], formats.bare(-ledger.credit)),
            Sum(words["balance"], formats.amount(ledger.balance), "due"),
        ]
    return Grid(columns, rows, tuple(sums), (words["all_amounts_in"].format(currency=ledger.currency),))


def _owed(ledger: StatementLedger, reader: Reader) -> tuple[Fact, ...]:
    """Who owes it, and what was paid and not used; nothing where it is all the patient's."""
    facts = [(_who(each, reader), reader.formats.amount(each.amount)) for each in ledger.owed]
    credit = [(reader.words["credit"], reader.formats.amount(-ledger.credit))] if ledger.credit.amount_minor else []
    alone = all(each.insurer is None and each.patient is None for each in ledger.owed)
    return () if alone else (*facts, *credit)


def _who(owed: OwedBy, reader: Reader) -> str:
    return owed.insurer or owed.patient or reader.words["you_owe"]


def _ages(ledger: StatementLedger, reader: Reader) -> Grid:
    columns = tuple(Column(reader.words[f"age_{at}"], "amount") for at in range(len(ledger.ages)))
    return Grid(columns, (tuple(reader.formats.bare(each) for each in ledger.ages),), plain=True)


def _account(facts: StatementFacts, reader: Reader) -> tuple[Fact, ...]:
    """Without a reference: each invoice has its own."""
    account, words = account_of(facts.seller), reader.words
    if account is None or facts.seller is None:
        return ()
    return known(
        (words["holder"], account.holder or facts.seller.name),
        (words["iban"], in_fours(account.iban or "")),
        (words["bic"], account.bic),
    )
