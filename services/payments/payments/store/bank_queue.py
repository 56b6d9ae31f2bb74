"""Transfers that the rules have not looked at yet, in the order in which they came: some of one clinic in a row.

A row is written in the transaction in which its transfers become new, and is taken off in the one that decides them:
so what is to be done next is found without asking all transfers for their state, however many there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pymongo import IndexModel

from chassis.kernel.ids import new_id
from chassis.mongo import Mongo, strides
from chassis.outbox import Unit

QUEUE = "bank_queue"
AT_ONCE = 200
INDEXES: dict[str, Sequence[IndexModel]] = {QUEUE: []}


@dataclass(frozen=True, slots=True)
class Turn:
    """Transfers of one clinic whose turn it is."""

    id: str
    clinic_id: str
    transaction_ids: tuple[str, ...]


class BankQueue:
    """First in, first out. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(QUEUE)

    async def put(self, unit: Unit, clinic_id: str, transaction_ids: Iterable[str]) -> None:
        """At the end."""
        rows = [
            {"_id": new_id("turn"), "clinic_id": clinic_id, "transaction_ids": some}
            for some in strides(transaction_ids, AT_ONCE)
        ]
        if rows:
            await self._rows.insert_many(rows, session=unit.session)

    async def first(self, unit: Unit) -> Turn | None:
        """None when nothing waits."""
        row = await self._rows.find_one({}, sort=[("_id", 1)], session=unit.session)
        return None if row is None else Turn(row["_id"], row["clinic_id"], tuple(row["transaction_ids"]))

    async def take_off(self, unit: Unit, turn: Turn) -> None:
        """It is done."""
        await self._rows.delete_one({"_id": turn.id}, session=unit.session)
