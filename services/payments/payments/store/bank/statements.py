"""Statement files: what is known of each, and what became of it. Their bytes are in `files`."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Document, Mongo
from chassis.database.paging import Order, Page, PageRequest
from kernel.errors import NotFound
from payments.domain.bank.statement import StatementStatus
from payments.domain.bank.statement_file import StatementFile
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
_file = TypeAdapter(StatementFile)


class StatementStore:
    """The collection. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._statements = mongo.collection(STATEMENTS)

    async def page(
        self, clinics: Sequence[str] | None, request: PageRequest, *, status: StatementStatus | None = None
    ) -> Page[StatementFile]:
        """The last received first; of these clinics, or of all of them."""
        order = RECEIVED_LAST_FIRST
        where = order.where({**in_clinics(clinics), **given({"status": status})}, request)
        rows = await self._statements.find(where, sort=order.sort, limit=request.limit + 1).to_list(None)
        return order.page(rows, request, _file_of)

    async def known(self, statement_id: str) -> StatementFile | None:
        """None for a file that nobody sent."""
        row = await self._statements.find_one({"_id": statement_id})
        return None if row is None else _file_of(row)

    async def statement(self, statement_id: str) -> StatementFile:
        """Raises NotFound."""
        file = await self.known(statement_id)
        if file is None:
            raise NotFound("not-found", "there is no such thing here")
        return file

    async def add(self, file: StatementFile) -> None:
        """One that is there already stays as it is."""
        await self._statements.update_one({"_id": file.bank_statement_id}, {"$setOnInsert": _fields(file)}, upsert=True)

    async def change(self, file: StatementFile) -> None:
        """What is taken over stays so, and who sent the file first, and when."""
        not_imported = {"_id": file.bank_statement_id, "status": {"$ne": "imported"}}
        changed = {name: value for name, value in _fields(file).items() if not name.startswith("received_")}
        await self._statements.update_one(not_imported, {"$set": changed})


def _file_of(row: Mapping[str, Any]) -> StatementFile:
    return _file.validate_python({**row, "bank_statement_id": row["_id"]})


def _fields(file: StatementFile) -> Document:
    fields: Document = _file.dump_python(file)
    del fields["bank_statement_id"]
    return fields
