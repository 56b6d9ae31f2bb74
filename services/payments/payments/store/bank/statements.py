"""Statement files: what is known of each, and what became of it. Their bytes are in `files`."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, Mongo
from chassis.database.paging import Order, PageRequest
from kernel.errors import NotFound
from payments.domain.bank.statement import StatementStatus
from payments.store.conditions import given, in_clinics

STATEMENTS = "bank_statements"
RECEIVED_LAST_FIRST = Order((("received_at", -1), ("_id", -1)))
INDEXES: dict[str, Sequence[IndexModel]] = {
    STATEMENTS: [
        IndexModel([("clinic_id", ASCENDING), *RECEIVED_LAST_FIRST.keys]),
        IndexModel([("clinic_id", ASCENDING), ("status", ASCENDING), *RECEIVED_LAST_FIRST.keys]),
        IndexModel([*RECEIVED_LAST_FIRST.keys]),
        IndexModel([("status", ASCENDING), *RECEIVED_LAST_FIRST.keys]),
    ],
}


class StatementStore:
    """The collection. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._statements = mongo.collection(STATEMENTS)

    async def find(
        self, page: PageRequest, clinics: Sequence[str] | None, *, status: StatementStatus | None = None
    ) -> list[Document]:
        """One more than the page holds, the last received first; of these clinics, or of all of them."""
        order = RECEIVED_LAST_FIRST
        where = order.where({**in_clinics(clinics), **given({"status": status})}, page)
        rows: list[Document] = await self._statements.find(where, sort=order.sort, limit=page.limit + 1).to_list(None)
        return rows

    async def known(self, statement_id: str) -> Document | None:
        """None for a file that nobody sent."""
        row: Document | None = await self._statements.find_one({"_id": statement_id})
        return row

    async def statement(self, statement_id: str) -> Document:
        """Raises NotFound."""
        row = await self.known(statement_id)
        if row is None:
            raise NotFound("not-found", "there is no such thing here")
        return row

    async def add(self, statement_id: str, row: Mapping[str, Any]) -> None:
        """One that is there already stays as it is."""
        await self._statements.update_one({"_id": statement_id}, {"$setOnInsert": row}, upsert=True)

    async def change(self, statement_id: str, changes: Mapping[str, Any]) -> None:
        """What is taken over stays so."""
        not_imported = {"_id": statement_id, "status": {"$ne": "imported"}}
        await self._statements.update_one(not_imported, {"$set": changes})
