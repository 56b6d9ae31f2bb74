"""Bank statements, their transactions, and who pays from which account."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne, UpdateOne

from chassis.kernel.errors import Conflict, NotFound
from chassis.mongo import Collection, Document, Mongo
from chassis.outbox import Unit
from chassis.paging import Order, PageRequest
from payments.domain.bank.transaction import Transaction

STATEMENTS, TRANSACTIONS, PAYERS = "bank_statements", "bank_transactions", "bank_payers"
NEWEST_FIRST = Order((("booked_on", -1), ("_id", -1)))
RECEIVED_LAST_FIRST = Order((("received_at", -1), ("_id", -1)))
INDEXES: dict[str, Sequence[IndexModel]] = {
    STATEMENTS: [
        IndexModel([("clinic_id", ASCENDING), *RECEIVED_LAST_FIRST.keys]),
        IndexModel([*RECEIVED_LAST_FIRST.keys]),
    ],
    TRANSACTIONS: [
        IndexModel([("status", ASCENDING), ("clinic_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("booked_on", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), ("booked_on", DESCENDING), ("_id", DESCENDING)]),
        # For callers who see every clinic:
        IndexModel([*NEWEST_FIRST.keys]),
        IndexModel([("status", ASCENDING), *NEWEST_FIRST.keys]),
        IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), ("clues", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("counterparty_iban", ASCENDING), ("status", ASCENDING)]),
    ],
    PAYERS: [],
}
_transaction = TypeAdapter(Transaction)


class BankStore:
    """The collections. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self.statements: Collection = mongo.collection(STATEMENTS)
        self._transactions = mongo.collection(TRANSACTIONS)
        self._payers = mongo.collection(PAYERS)

    async def find_statements(self, condition: Mapping[str, Any], page: PageRequest) -> list[Document]:
        """One more than the page holds, the last received first."""
        order = RECEIVED_LAST_FIRST
        found = self.statements.find(order.where(condition, page), sort=order.sort, limit=page.limit + 1)
        rows: list[Document] = await found.to_list(None)
        return rows

    async def find(self, condition: Mapping[str, Any], page: PageRequest) -> list[Document]:
        """One more than the page holds, newest first."""
        found = self._transactions.find(
            NEWEST_FIRST.where(condition, page), sort=NEWEST_FIRST.sort, limit=page.limit + 1
        )
        rows: list[Document] = await found.to_list(None)
        return rows

    async def transaction(self, transaction_id: str, unit: Unit | None = None) -> Transaction:
        """Raises NotFound."""
        row = await self._transactions.find_one({"_id": transaction_id}, session=unit and unit.session)
        if row is None:
            raise NotFound("not-found", "there is no such thing here")
        return transaction_of(row)

    async def transactions(self, unit: Unit, where: Mapping[str, Any]) -> list[Transaction]:
        """Those that match."""
        rows = await self._transactions.find(where, session=unit.session).to_list(None)
        return [transaction_of(row) for row in rows]

    async def add(self, unit: Unit, transactions: Sequence[Transaction]) -> int:
        """Inserts those that are not known; says how many."""
        ids = [t.transaction_id for t in transactions]
        rows = await self._transactions.find({"_id": {"$in": ids}}, {"_id": 1}, session=unit.session).to_list(None)
        known = {row["_id"] for row in rows}
        fresh = [_document(t) for t in transactions if t.transaction_id not in known]
        if fresh:
            await self._transactions.insert_many(fresh, session=unit.session)
        return len(fresh)

    async def next_new(self, unit: Unit, most: int) -> list[Transaction]:
        """Up to `most` transactions that nobody looked at yet, all of one clinic."""
        order = [("status", 1), ("clinic_id", 1), ("_id", 1)]
        rows = (
            await self._transactions.find({"status": "new"}, session=unit.session).sort(order).limit(most).to_list(None)
        )
        return [transaction_of(row) for row in rows if row["clinic_id"] == rows[0]["clinic_id"]]

    async def replace(self, unit: Unit, changes: Sequence[tuple[Transaction, Transaction]]) -> None:
        """Each before and after. Raises Conflict when somebody else was faster."""
        writes: list[Any] = [
            ReplaceOne({"_id": before.transaction_id, "version": before.version}, _document(after))
            for before, after in changes
        ]
        if writes:
            done = await self._transactions.bulk_write(writes, session=unit.session)
            if done.matched_count != len(writes):
                raise Conflict("changed-meanwhile", "a bank transaction was changed by somebody else: try again")

    async def look_again(self, unit: Unit, clues: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Queued transfers of the clinic that named an invoice before it was known are to be matched once more."""
        by_clinic: dict[str, list[str]] = defaultdict(list)
        for clinic_id, some in clues:
            by_clinic[clinic_id].extend(some)
        for clinic_id, some in by_clinic.items():
            where = {"clinic_id": clinic_id, "status": "unmatched", "by_hand": False, "clues": {"$in": some}}
            change = {"$set": {"status": "new"}, "$inc": {"version": 1}}
            await self._transactions.update_many(where, change, session=unit.session)

    async def payers(self, unit: Unit, clinic_id: str, ibans: Iterable[str]) -> dict[str, list[str]]:
        """The patients for whom an account paid before, by IBAN."""
        ids = [f"{clinic_id}/{iban}" for iban in ibans]
        rows = await self._payers.find({"_id": {"$in": ids}}, session=unit.session).to_list(None)
        return {row["iban"]: row["patient_ids"] for row in rows}

    async def learn(self, unit: Unit, clinic_id: str, pairs: Iterable[tuple[str, str]]) -> None:
        """These accounts (IBAN) paid for these patients."""
        writes: list[Any] = [
            UpdateOne(
                {"_id": f"{clinic_id}/{iban}"},
                {"$set": {"clinic_id": clinic_id, "iban": iban}, "$addToSet": {"patient_ids": patient_id}},
                upsert=True,
            )
            for iban, patient_id in dict.fromkeys(pairs)
        ]
        if writes:
            await self._payers.bulk_write(writes, session=unit.session)

    async def unlearn(self, unit: Unit, clinic_id: str, iban: str, patient_ids: Sequence[str]) -> None:
        """A match was taken back: the account says nothing about these patients until it is matched again."""
        change = {"$pullAll": {"patient_ids": list(patient_ids)}}
        await self._payers.update_one({"_id": f"{clinic_id}/{iban}"}, change, session=unit.session)


def transaction_of(row: Mapping[str, Any]) -> Transaction:
    """A transaction from its document."""
    return _transaction.validate_python(row)


def _document(transaction: Transaction) -> Document:
    """Days as text, which sorts and pages; `clues` is what an invoice that comes later is looked for by."""
    told = _transaction.dump_python(transaction)
    days = {name: day.isoformat() for name, day in told.items() if isinstance(day, date)}
    clues = [*transaction.references, *transaction.words] if transaction.credit else []
    return {"_id": transaction.transaction_id, **told, **days, "clues": clues}
