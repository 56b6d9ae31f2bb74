"""Patients' accounts as they were last published."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne

from chassis.database.mongo import Document, Mongo, find_in
from chassis.database.paging import Order, PageRequest
from chassis.messaging.outbox import Unit
from invoicing.domain.invoice.invoice import INSURER
from invoicing.domain.receivables.account import Account, AccountKey, OpenInvoice, account_id_of

COLLECTION = "accounts"
BY_ID = Order((("_id", 1),))
INSURED = {"insured": True}
"""Accounts on which an insurer owes something, or has credit."""
INDEXES: Sequence[IndexModel] = [
    IndexModel([("clinic_id", ASCENDING), ("owes", ASCENDING), ("_id", ASCENDING)]),
    IndexModel([("clinic_id", ASCENDING), ("_id", ASCENDING)], partialFilterExpression=INSURED),
    IndexModel(
        [("clinic_id", ASCENDING), ("insurers", ASCENDING), ("_id", ASCENDING)], partialFilterExpression=INSURED
    ),
]


class Accounts:
    """Loads and saves."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def get(self, account_id: str) -> Account | None:
        """The account as last published; None when nothing was ever billed or paid."""
        row = await self._rows.find_one({"_id": account_id})
        return None if row is None else account_of(row)

    async def of(self, unit: Unit | None, keys: Iterable[AccountKey]) -> dict[AccountKey, Account]:
        """The accounts that exist."""
        session = None if unit is None else unit.session
        rows = await find_in(self._rows, "_id", [account_id_of(*key) for key in keys], session)
        return {(row["clinic_id"], row["patient_id"]): account_of(row) for row in rows}

    async def owing(self, clinic_id: str, request: PageRequest) -> list[Document]:
        """The clinic's accounts with something open, as stored, by id: one more than the page holds."""
        where = BY_ID.where({"clinic_id": clinic_id, "owes": True}, request)
        rows: list[Document] = await self._rows.find(where).sort(BY_ID.sort).limit(request.limit + 1).to_list(None)
        return rows

    async def all_open(self, clinic_id: str) -> AsyncIterator[tuple[OpenInvoice, ...]]:
        """The open invoices of each account of the clinic that has any, one account after the other."""
        where, fields = {"clinic_id": clinic_id, "owes": True}, {"open_invoices": 1}
        async for row in self._rows.find(where, fields):
            yield msgspec.convert(row["open_invoices"], tuple[OpenInvoice, ...])

    async def insured(self, clinic_id: str, payer_id: str | None, request: PageRequest) -> list[Document]:
        """The clinic's accounts on which insurers, or this one, owe something or have credit; as `owing`."""
        where = BY_ID.where(_insured(clinic_id, payer_id), request)
        rows: list[Document] = await self._rows.find(where).sort(BY_ID.sort).limit(request.limit + 1).to_list(None)
        return rows

    async def all_insured(self, clinic_id: str, payer_id: str | None) -> AsyncIterator[Account]:
        """Each account that `insured` has on any page."""
        async for row in self._rows.find(_insured(clinic_id, payer_id)):
            yield account_of(row)

    async def after(self, unit: Unit, account_id: str, limit: int) -> list[Account]:
        """The first accounts of all clinics behind this one, by id."""
        where = {"_id": {"$gt": account_id}}
        rows = await self._rows.find(where, session=unit.session).sort("_id", 1).limit(limit).to_list(None)
        return list(map(account_of, rows))

    async def save(self, unit: Unit, changed: Sequence[Account], unchanged: Iterable[str] = ()) -> None:
        """Writes each changed account, and writes to the unchanged ones, by id, without another version.

        Every transaction that derives from an account's documents writes to it: so two of them meet, and one has to
        look again. `turn` makes it a change for the database where it is none for anybody else.
        """
        fresh = [_document(account) for account in changed if account.version == 1]
        if fresh:
            await self._rows.insert_many(fresh, session=unit.session)
        writes: list[ReplaceOne[Document] | UpdateOne] = [
            *(ReplaceOne({"_id": a.account_id}, _document(a)) for a in changed if a.version > 1),
            *(UpdateOne({"_id": account_id}, {"$inc": {"turn": 1}}) for account_id in unchanged),
        ]
        if writes:
            await self._rows.bulk_write(writes, session=unit.session)


def _document(account: Account) -> Document:
    document: Document = msgspec.to_builtins(account, builtin_types=(datetime,))
    insurers = {
        payer.payer_id or ""
        for known in account.balances
        for payer in known.payers
        if payer.part == INSURER and (payer.open.amount_minor or payer.credit.amount_minor)
    }
    found = {"owes": bool(account.open_invoices), "insured": bool(insurers), "insurers": sorted(insurers)}
    return {"_id": account.account_id, **document, **found}


def _insured(clinic_id: str, payer_id: str | None) -> Document:
    where = {"clinic_id": clinic_id, **INSURED}
    return where if payer_id is None else {**where, "insurers": payer_id}


def account_of(row: Mapping[str, Any]) -> Account:
    """An account from its document."""
    return msgspec.convert(row, Account)
