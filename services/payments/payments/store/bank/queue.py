"""Transfers that the rules have not looked at yet, in the order in which they came: some of one clinic in a row.

A row is written in the transaction in which its transfers become new, and is taken off in the one that decides them:
so what is to be done next is found without asking all transfers for their state, however many there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pymongo import IndexModel

from chassis.database.mongo import Mongo, chunks
from chassis.messaging.outbox import Unit
from kernel.ids import new_id

QUEUE = "bank_queue"
AT_ONCE = 200
INDEXES: dict[str, Sequence[IndexModel]] = {QUEUE: []}


@dataclass(frozen=True, slots=True)
class Turn:
    """Transfers of one clinic whose turn it is; `last` when it is for those that had to wait for all the others."""

    id: str
    clinic_id: str
    transaction_ids: tuple[str, ...]
    last: bool


class BankQueue:
    """First in, first out. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(QUEUE)

    async def put(self, unit: Unit, clinic_id: str, transaction_ids: Iterable[str], *, last: bool = False) -> None:
        """At the end."""
        id_ = new_id("turn")
        rows = [
            {"_id": f"{id_}:{number:06d}", "clinic_id": clinic_id, "transaction_ids": some, "last": last}
            for number, some in enumerate(chunks(transaction_ids, AT_ONCE))
        ]
        if rows:
            await self._rows.insert_many(rows, session=unit.session)

    async def waits(self) -> bool:
        """Whether there is anything, as far as is seen outside of a transaction."""
        return await self._rows.find_one({}, {"_id": 1}) is not None

    async def first(self, unit: Unit) -> Turn | None:
        """None when nothing waits."""
        row = await self._rows.find_one({}, sort=[("_id", 1)], session=unit.session)
        if row is None:
            return None
        return Turn(row["_id"], row["clinic_id"], tuple(row["transaction_ids"]), row["last"])

    async def take_off(self, unit: Unit, turn: Turn) -> None:
        """It is done."""
        await self._rows.delete_one({"_id": turn.id}, session=unit.session)
