"""A statement file: kept as it came, then taken over or refused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Never

from kernel.actor import Actor
from kernel.change import Change
from kernel.outcome import Outcome
from payments.domain.bank.statement import CheckedStatement, StatementFormat, StatementInvalid, StatementStatus


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was not taken over: the code and the words that who sent it was answered."""

    code: str
    message: str
    at: datetime
    by: Actor


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """One statement of a file; balances in minor units, None where the file has none.

    `opening_derived`: the file has no opening balance, and this is what the closing one and the entries make.
    """

    statement_id: str
    account: str
    currency: str
    opening_minor: int | None
    closing_minor: int | None
    entries: int
    opening_derived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFile:
    """A file by its bytes, which are kept in so many `chunks`. What is imported never changes again.

    `format` and `columns` (of a CSV, as JSON) are as what it was read last; `received` is one whose reading was cut
    off. It has no events: what its transactions bring is published as payments.
    """

    bank_statement_id: str
    clinic_id: str
    format: StatementFormat
    columns: str | None
    sha256: str
    size_bytes: int
    chunks: int
    status: StatementStatus
    refusal: Refusal | None
    received_at: datetime
    received_by: Actor
    statements: tuple[StatementSummary, ...] = ()
    transactions: int = 0
    new_transactions: int = 0
    suspected_transactions: int = 0


StatementFileOutcome = Outcome[StatementFile, Never]


def read_as(file: StatementFile, format_: StatementFormat, columns: str | None) -> StatementFile:
    """The same bytes, sent again to be read in another way."""
    return replace(file, format=format_, columns=columns)


def refuse(file: StatementFile, error: StatementInvalid, change: Change) -> StatementFileOutcome:
    """Nothing of it is stored but its bytes; it may be sent again."""
    refusal = Refusal(error.code, error.message, change.at, change.by)
    return Outcome(replace(file, status="refused", refusal=refusal))


def import_(
    file: StatementFile, statements: Iterable[CheckedStatement], seen: int, added: int, suspected: int
) -> StatementFileOutcome:
    """All of it is taken over: `added` of its transactions were not known before, `suspected` of these may be."""
    return Outcome(
        replace(
            file,
            status="imported",
            refusal=None,
            statements=tuple(summary(statement) for statement in statements),
            transactions=seen,
            new_transactions=added,
            suspected_transactions=suspected,
        )
    )


def summary(statement: CheckedStatement) -> StatementSummary:
    """What is kept of a statement that was checked."""
    head = statement.head
    return StatementSummary(
        statement_id=head.statement_id,
        account=head.account,
        currency=head.currency,
        opening_minor=head.opening_minor,
        closing_minor=head.closing_minor,
        entries=statement.entries,
        opening_derived=statement.opening_derived,
    )
