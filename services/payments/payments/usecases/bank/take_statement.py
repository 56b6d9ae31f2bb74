"""A statement file is kept as it came, checked whole, then taken over; what is known already changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Self, TypeVar

from chassis.failpoints import crossing
from kernel.actor import Actor
from kernel.ids import derived_id
from kernel.money import Money
from payments.domain.bank.days import DayCollector
from payments.domain.bank.statement import (
    CheckedStatement,
    IdentifiedEntry,
    StatementInvalid,
    StatementItem,
    check,
    identified,
)
from payments.domain.bank.transaction import Transaction
from payments.usecases.bank.compare import StatementComparison
from payments.usecases.intake.ledger import PaymentLedger

AT_ONCE = 500
Document = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file that a person sent: `read` reads it from the beginning each time.

    `columns` is the map of a CSV's columns, as JSON.
    """

    clinic_id: str
    format: str
    sha256: str
    by: Actor
    path: Path
    read: Callable[[], Iterable[StatementItem]]
    columns: str | None = None

    @property
    def id(self) -> str:
        """The same file is the same, whoever sends it."""
        return derived_id("bst", self.clinic_id, self.sha256)


async def take_statement(ledger: PaymentLedger, file: StatementFile) -> tuple[Document, bool]:
    """The statement as it is kept, and whether the file was new.

    Raises StatementInvalid; of what the file says nothing is stored then, only its bytes and the refusal. Entries are
    stored in portions. What a crash cuts off goes on when the file is sent again.
    """
    known = await ledger.store.bank.statements.find_one({"_id": file.id})
    if known is not None and known["status"] == "imported":
        return known, False
    received = await _keep(ledger, file) if known is None else known
    try:
        told = await _take_over(ledger, file)
    except StatementInvalid as refused:
        refusal = {"code": refused.code, "message": refused.message, "at": ledger.clock(), "by": _who(file.by)}
        await _become(ledger, file, {"status": "refused", "refusal": refusal})
        raise
    return {**received, **await _become(ledger, file, {"status": "imported", "refusal": None, **told})}, True


async def _keep(ledger: PaymentLedger, file: StatementFile) -> Document:
    """The bytes first, and then the row that makes them readable."""
    chunks = await ledger.store.bank.files.keep(file.id, file.path)
    crossing("statements-after-chunks")
    row: Document = {
        "clinic_id": file.clinic_id,
        "format": file.format,
        "columns": file.columns,
        "sha256": file.sha256,
        "size_bytes": file.path.stat().st_size,
        "chunks": chunks,
        "status": "received",
        "refusal": None,
        "received_at": ledger.clock(),
        "received_by": _who(file.by),
        "statements": [],
        "transactions": 0,
        "new_transactions": 0,
        "suspected_transactions": 0,
    }
    await ledger.store.bank.statements.update_one({"_id": file.id}, {"$setOnInsert": row}, upsert=True)
    crossing("statements-after-record")
    return {"_id": file.id, **row}


async def _become(ledger: PaymentLedger, file: StatementFile, changes: Document) -> Document:
    """As what it was read last; what is taken over stays so."""
    after = {**changes, "format": file.format, "columns": file.columns}
    await ledger.store.bank.statements.update_one({"_id": file.id, "status": {"$ne": "imported"}}, {"$set": after})
    return after


async def _take_over(ledger: PaymentLedger, file: StatementFile) -> Document:
    days = DayCollector(file.id, file.format)
    with OneThread() as reader:
        sums = await reader.run(lambda: check(days.noting(file.read())))
        comparing = StatementComparison(ledger, file.clinic_id, file.by)
        await comparing.begin(days.slices())
        if comparing.needs_rows:
            await _each_portion(reader, file, comparing.note)
        await _each_portion(reader, file, comparing.add)
    return {
        "statements": [_told(one) for one in sums],
        "transactions": comparing.seen,
        "new_transactions": comparing.added,
        "suspected_transactions": comparing.suspected,
    }


async def _each_portion(
    reader: "OneThread", file: StatementFile, take: Callable[[Sequence[Transaction]], Awaitable[None]]
) -> None:
    portions = _portions(file)
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


def _portions(file: StatementFile) -> Generator[list[Transaction], None, None]:
    """Up to so many of one statement."""
    entries = identified(file.clinic_id, file.id, file.read())
    for _, of_statement in groupby(entries, key=lambda told: told.source):
        while portion := [_transaction(file, told) for told in islice(of_statement, AT_ONCE)]:
            yield portion


def _who(by: Actor) -> Document:
    return {"actor_id": by.actor_id, "name": by.name, "role": by.role}


def _told(one: CheckedStatement) -> Document:
    head = one.head
    return {
        "statement_id": head.statement_id,
        "account": head.account,
        "currency": head.currency,
        "opening_minor": head.opening_minor,
        "closing_minor": head.closing_minor,
        "entries": one.entries,
    }


def _transaction(file: StatementFile, told: IdentifiedEntry) -> Transaction:
    entry = told.entry
    return Transaction(
        transaction_id=told.transaction_id,
        clinic_id=file.clinic_id,
        statement_id=file.id,
        account=told.head.account,
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
        alike=told.alike,
        slice_id=told.slice_id,
    )
