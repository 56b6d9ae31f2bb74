"""A statement file is checked whole, then taken over; what is known already changes nothing."""

import asyncio
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Self, TypeVar

from chassis.kernel.actor import Actor
from chassis.kernel.ids import derived_id
from chassis.kernel.money import Money
from chassis.outbox import Unit
from payments.domain.bank.statement import Entry, Head, Item, StatementInvalid, Sum, check, identified
from payments.domain.bank.transaction import Transaction
from payments.usecases.books import Books

AT_ONCE = 500
Document = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file that a person sent: `read` reads it from the beginning each time."""

    clinic_id: str
    format: str
    sha256: str
    by: Actor
    read: Callable[[], Iterable[Item]]

    @property
    def id(self) -> str:
        """The same file is the same, whoever sends it."""
        return derived_id("bst", self.clinic_id, self.sha256)


async def take_statement(books: Books, file: StatementFile) -> tuple[Document, bool]:
    """The statement as it is kept, and whether the file was new. Raises StatementInvalid; nothing is stored then.

    Entries are stored in portions. What a crash cuts off goes on when the file is sent again.
    """
    known = await books.store.bank.statements.find_one({"_id": file.id})
    if known is not None and known["status"] == "imported":
        return known, False
    at = books.clock()
    fresh = total = 0
    with OneThread() as reader:
        sums = await reader.run(lambda: check(file.read()))
        portions = _portions(file)
        try:
            while transactions := await reader.run(lambda: next(portions, None)):

                async def add(unit: Unit, some: list[Transaction] = transactions) -> int:
                    return await books.store.bank.add(unit, some, at, file.by)

                fresh += await books.transact(add)
                total += len(transactions)
        finally:
            await reader.run(portions.close)
    row = _row(file, sums, at, total, fresh)
    await books.store.bank.statements.replace_one({"_id": file.id}, row, upsert=True)
    return row, True


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
    entries = (_transaction(file, *entry) for entry in identified(file.clinic_id, file.read()))
    while portion := list(islice(entries, AT_ONCE)):
        yield portion


def _row(file: StatementFile, sums: tuple[Sum, ...], at: datetime, total: int, fresh: int) -> Document:
    return {
        "_id": file.id,
        "clinic_id": file.clinic_id,
        "format": file.format,
        "sha256": file.sha256,
        "status": "imported",
        "received_at": at,
        "received_by": {"actor_id": file.by.actor_id, "name": file.by.name, "role": file.by.role},
        "statements": [_told(one) for one in sums],
        "transactions": total,
        "new_transactions": fresh,
    }


def _told(one: Sum) -> Document:
    head = one.head
    return {
        "statement_id": head.statement_id, "account": head.account, "currency": head.currency,
        "opening_minor": head.opening_minor, "closing_minor": head.closing_minor, "entries": one.entries,
    }  # fmt: skip


def _transaction(file: StatementFile, id_: str, head: Head, entry: Entry) -> Transaction:
    return Transaction(
        transaction_id=id_,
        clinic_id=file.clinic_id,
        statement_id=file.id,
        account=head.account,
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
    )
