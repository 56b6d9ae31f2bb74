"""A statement file is kept as it came, checked whole, then taken over; what is known already changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Self, TypeVar

from chassis.failpoints import crossing
from kernel.change import Change
from kernel.ids import derived_id
from kernel.money import Money
from payments.domain.bank.days import DayCollector
from payments.domain.bank.statement import (
    IdentifiedEntry,
    StatementFormat,
    StatementInvalid,
    StatementItem,
    check,
    identified,
)
from payments.domain.bank.statement_file import StatementFile, StatementFileOutcome, import_, read_as, refuse
from payments.domain.bank.transaction import Transaction
from payments.usecases.bank.compare import StatementComparison
from payments.usecases.intake.ledger import PaymentLedger

AT_ONCE = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TakeStatement:
    """A file that a person sent: `read` reads it from the beginning each time.

    `columns` is the map of a CSV's columns, as JSON.
    """

    clinic_id: str
    format: StatementFormat
    sha256: str
    path: Path
    read: Callable[[], Iterable[StatementItem]]
    columns: str | None = None

    @property
    def id(self) -> str:
        """The same file is the same, whoever sends it."""
        return derived_id("bst", self.clinic_id, self.sha256)


async def take_statement(ledger: PaymentLedger, command: TakeStatement, change: Change) -> tuple[StatementFile, bool]:
    """The statement file as it is kept, and whether the file was new.

    Raises StatementInvalid; of what the file says nothing is stored then, only its bytes and the refusal. Entries are
    stored in portions. What a crash cuts off goes on when the file is sent again.
    """
    known = await ledger.store.bank.statements.known(command.id)
    if known is not None and known.status == "imported":
        return known, False
    received = await _keep(ledger, command, change) if known is None else known
    file = read_as(received, command.format, command.columns)
    try:
        outcome = await _take_over(ledger, command, file, change)
    except StatementInvalid as error:
        refused = refuse(file, error, ledger.change(change.by))
        await ledger.store.bank.statements.change(refused.state)
        raise
    await ledger.store.bank.statements.change(outcome.state)
    return outcome.state, True


async def _keep(ledger: PaymentLedger, command: TakeStatement, change: Change) -> StatementFile:
    """The bytes first, and then the row that makes them readable."""
    chunks = await ledger.store.bank.files.keep(command.id, command.path)
    crossing("statements-after-chunks")
    file = StatementFile(
        bank_statement_id=command.id,
        clinic_id=command.clinic_id,
        format=command.format,
        columns=command.columns,
        sha256=command.sha256,
        size_bytes=command.path.stat().st_size,
        chunks=chunks,
        status="received",
        refusal=None,
        received_at=change.at,
        received_by=change.by,
    )
    await ledger.store.bank.statements.add(file)
    crossing("statements-after-record")
    return file


async def _take_over(
    ledger: PaymentLedger, command: TakeStatement, file: StatementFile, change: Change
) -> StatementFileOutcome:
    days = DayCollector(command.id, command.format)
    with OneThread() as reader:
        statements = await reader.run(lambda: check(days.noting(command.read())))
        comparing = StatementComparison(ledger, command.clinic_id, change)
        await comparing.begin(days.slices())
        if comparing.needs_rows:
            await _each_portion(reader, command, comparing.note)
        await _each_portion(reader, command, comparing.add)
    return import_(file, statements, comparing.seen, comparing.added, comparing.suspected)


async def _each_portion(
    reader: "OneThread", command: TakeStatement, take: Callable[[Sequence[Transaction]], Awaitable[None]]
) -> None:
    portions = _portions(command)
    try:
        while transactions := await reader.run(lambda: next(portions, None)):
            await take(transactions)
    finally:
        await reader.run(portions.close)


class OneThread:
    """Where a file is read from its beginning to its end, and its parser is let go: those of lxml belong to a thread.

    A traceback would take the parser with it, so a refusal comes out without one.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "statement")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False)

    async def run(self, work: Callable[[], T]) -> T:
        """Raises StatementInvalid."""

        def guarded() -> T | StatementInvalid:
            try:
                return work()
            except StatementInvalid as refused:
                return StatementInvalid(refused.code, refused.message)

        found = await asyncio.get_running_loop().run_in_executor(self._thread, guarded)
        if isinstance(found, StatementInvalid):
            raise found
        return found


def _portions(command: TakeStatement) -> Generator[list[Transaction], None, None]:
    """Up to so many of one statement."""
    entries = identified(command.clinic_id, command.id, command.read())
    for _, of_statement in groupby(entries, key=lambda entry: entry.source):
        while portion := [_transaction(command, entry) for entry in islice(of_statement, AT_ONCE)]:
            yield portion


def _transaction(command: TakeStatement, identified_entry: IdentifiedEntry) -> Transaction:
    entry = identified_entry.entry
    return Transaction(
        transaction_id=identified_entry.transaction_id,
        clinic_id=command.clinic_id,
        statement_id=command.id,
        account=identified_entry.head.account,
        version=1,
        status="new",
        booked_on=entry.booked_on,
        value_on=entry.value_on,
        amount=Money(entry.amount_minor, entry.currency),
        credit=entry.credit,
        reversal=entry.reversal,
        bank_reference=entry.bank_reference,
        end_to_end_id=entry.end_to_end_id,
        text=entry.text,
        counterparty_name=entry.counterparty_name,
        counterparty_iban=entry.counterparty_iban,
        charges=entry.charges,
        references=entry.references,
        words=entry.words,
        alike=identified_entry.alike,
        slice_id=identified_entry.slice_id,
    )
