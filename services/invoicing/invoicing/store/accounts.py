"""Patients' accounts as they were last published."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne

from chassis.database.mongo import Document, Mongo, among
from chassis.database.paging import Order
from chassis.messaging.outbox import Unit
from contracts.envelope import account_key
from contracts.invoicing import AccountBalanceChanged
from invoicing.domain.receivables.account import Account, OpenInvoice

COLLECTION = "accounts"
BY_ID = Order((("_id", 1),))
INDEXES: Sequence[IndexModel] = [IndexModel([("clinic_id", ASCENDING), ("owes", ASCENDING), ("_id", ASCENDING)])]
_WRITE = msgspec.json.Encoder()


class Accounts:
    """Loads and saves; every save says its events in the same transaction."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def one(self, account_id: str) -> Account | None:
        """The account as last published; None when nothing was ever billed or paid."""
        row = await self._rows.find_one({"_id": account_id})
        return None if row is None else account_of(row)

    async def of(self, unit: Unit, account_ids: Iterable[str]) -> dict[str, Account]:
        """The accounts that exist, by id."""
        rows = await among(self._rows, "_id", account_ids, unit.session)
        return {row["_id"]: account_of(row) for row in rows}

    async def owing(self, where: Mapping[str, Any], most: int) -> list[Document]:
        """Up to `most` accounts as stored, by id; `owes` is whether something is open."""
        rows: list[Document] = await self._rows.find(where).sort(BY_ID.sort).limit(most).to_list(most)
        return rows

    async def all_open(self, clinic_id: str) -> AsyncIterator[tuple[OpenInvoice, ...]]:
        """The open invoices of each account of the clinic that has any, one account after the other."""
        where, fields = {"clinic_id": clinic_id, "owes": True}, {"open_invoices": 1}
        async for row in self._rows.find(where, fields):
            yield msgspec.convert(row["open_invoices"], tuple[OpenInvoice, ...])

    async def save(
        self, unit: Unit, accounts: Sequence[Account], traces: Sequence[str | None], unchanged: Iterable[str] = ()
    ) -> None:
        """Writes and says each account, and writes to the unchanged ones, by id, without a word.

        Every transaction that derives from an account's documents writes to it: so two of them meet, and one has to
        look again. `turn` makes it a change for the database where it is none for anybody else.
        """
        fresh = [_document(account) for account in accounts if account.version == 1]
        if fresh:
            await self._rows.insert_many(fresh, session=unit.session)
        writes: list[Any] = [
            *(ReplaceOne({"_id": a.account_id}, _document(a)) for a in accounts if a.version > 1),
            *(UpdateOne({"_id": account_id}, {"$inc": {"turn": 1}}) for account_id in unchanged),
        ]
        if writes:
            await self._rows.bulk_write(writes, session=unit.session)
        for account, trace in zip(accounts, traces, strict=True):
            unit.say_json(
                AccountBalanceChanged,
                told_account(account),
                subject=account.account_id,
                version=account.version,
                key=account_key(account.clinic_id, account.patient_id),
                at=account.changed_at,
                traceparent=trace,
            )


def _document(account: Account) -> Document:
    document: Document = msgspec.to_builtins(account, builtin_types=(datetime,))
    return {"_id": account.account_id, **document, "owes": bool(account.open_invoices)}


def account_of(row: Mapping[str, Any]) -> Account:
    """An account from its document."""
    return msgspec.convert(row, Account)


def told_account(account: Account) -> bytes:
    """An account as the API shows it."""
    return _WRITE.encode(account)
