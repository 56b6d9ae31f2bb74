"""What is on a statement of account, as text in the reader's language: the patient's own part."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from documents.adapters.pdf.grids import Column, Grid, Sum
from documents.adapters.pdf.parties import (
    Fact,
    Reader,
    account_of,
    address_lines,
    clinic_facts,
    in_fours,
    reader_of,
    recipient_lines,
)
from documents.adapters.pdf.sheets import Sheet, size_for
from documents.facts import StatementFacts, StatementLedger

TEMPLATE = "statement/1"


@dataclass(frozen=True, slots=True)
class StatementView:
    """Everything the template shows; a grid of entries and one of ages for each currency."""

    words: Mapping[str, str]
    clinic: str
    clinic_address: tuple[str, ...]
    clinic_facts: tuple[Fact, ...]
    recipient: tuple[str, ...]
    facts: tuple[Fact, ...]
    ledgers: tuple[tuple[Grid, Grid], ...]
    request: str
    account: tuple[Fact, ...]
    sheet: Sheet


def statement_view(facts: StatementFacts) -> StatementView:
    home = facts.seller.address.country if facts.seller else None
    reader = reader_of(facts.buyer.locale if facts.buyer else None, home)
    words = reader.words
    owes = any(ledger.open.amount_minor > 0 for ledger in facts.ledgers)
    return StatementView(
        words=words,
        clinic=facts.clinic,
        clinic_address=address_lines(facts.seller.address, None, reader.formats) if facts.seller else (),
        clinic_facts=clinic_facts(facts.seller, words) if facts.seller else (),
        recipient=recipient_lines(facts.buyer, reader) if facts.buyer else (),
        facts=_facts(facts, reader),
        ledgers=tuple((_entries(ledger, reader), _ages(ledger, reader)) for ledger in facts.ledgers),
        request=words["statement_open"] if owes else words["statement_settled"],
        account=_account(facts, reader) if owes else (),
        sheet=_sheet(facts, reader),
    )


def _facts(facts: StatementFacts, reader: Reader) -> tuple[Fact, ...]:
    words = reader.words
    found = (
        (words["as_of"], reader.formats.day(facts.as_of)),
        (words["patient"], facts.buyer.name if facts.buyer else facts.patient_id),
        (words["patient_number"], facts.patient_id),
    )
    return tuple((name, value) for name, value in found if value)


def _entries(ledger: StatementLedger, reader: Reader) -> Grid:
    words, formats = reader.words, reader.formats
    columns = (
        Column(words["date"]),
        Column(words["what"]),
        Column(words["its_number"], "text"),
        Column(words["owed"], "amount"),
        Column(words["balance"], "amount"),
    )
    rows = tuple(
        (formats.day(e.on), words[e.word], e.number, formats.bare(e.amount), formats.bare(e.balance))
        for e in ledger.entries
    )
    sums = [Sum(words["open"], formats.amount(ledger.open), "due")]
    if ledger.credit.amount_minor:
        sums = [
            Sum(words["balance"], formats.bare(ledger.balance)),
            Sum(words["credit"], formats.bare(-ledger.credit)),
            *sums,
        ]
    return Grid(columns, rows, tuple(sums), (words["all_amounts_in"].format(currency=ledger.currency),))


def _ages(ledger: StatementLedger, reader: Reader) -> Grid:
    columns = tuple(Column(reader.words[f"age_{at}"], "amount") for at in range(len(ledger.ages)))
    return Grid(columns, (tuple(reader.formats.bare(each) for each in ledger.ages),), plain=True)


def _account(facts: StatementFacts, reader: Reader) -> tuple[Fact, ...]:
    """Without a reference: each invoice has its own."""
    account, words = account_of(facts.seller), reader.words
    if account is None or facts.seller is None:
        return ()
    found = (
        (words["holder"], account.holder or facts.seller.name),
        (words["iban"], in_fours(account.iban or "")),
        (words["bic"], account.bic),
    )
    return tuple((name, value) for name, value in found if value)


def _sheet(facts: StatementFacts, reader: Reader) -> Sheet:
    named = f"{reader.words['statement']} {reader.formats.day(facts.as_of)}"
    return Sheet(
        size=size_for(reader.home),
        language=reader.language,
        title=named,
        author=facts.clinic,
        foot=f"{facts.clinic} · {named}",
        page=reader.words["page"],
        stamp=None,
        epoch_s=int(datetime.combine(facts.as_of, time(), UTC).timestamp()),
    )
