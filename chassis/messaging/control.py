"""What a person tells the consumers of a service, where all of its processes see it: the service's own database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument

from chassis.database.mongo import Mongo, upsert

COLLECTION = "consumer_control"
ORDERS = "consumer_orders"
ORDER_INDEXES: Sequence[IndexModel] = [IndexModel([("topic", ASCENDING), ("done_at", ASCENDING)])]
OrderKind = Literal["seek", "skip"]


@dataclass(frozen=True, slots=True)
class Resumption:
    """The order to go on with a topic; `epoch` counts them. Who gave it and when stays noted in the document."""

    epoch: int
    by: str


@dataclass(frozen=True, slots=True)
class Order:
    """To go on with a partition at an offset (`seek`), or to set aside unread the record that lies there (`skip`)."""

    order_id: Any
    kind: OrderKind
    partition: int
    offset: int
    by: str
    why: str

    @property
    def place(self) -> tuple[int, int]:
        return self.partition, self.offset


class ConsumerControl:
    """One document a topic, and one an order. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)
        self._orders = mongo.collection(ORDERS)

    async def stopped(self, topic: str, at: datetime) -> int:
        """Notes that a process stopped, and returns the epoch after which an order to go on is meant for it."""
        row = await upsert(self._rows, {"_id": topic}, {"$set": {"stopped_at": at}})
        return int(row.get("epoch", 0))

    async def resumption(self, topic: str, after: int) -> Resumption | None:
        """The last order to go on, if one was given since."""
        row = await self._rows.find_one({"_id": topic, "epoch": {"$gt": after}})
        return None if row is None else Resumption(row["epoch"], row["resumed"][-1]["by"])

    async def resume(self, topic: str, at: datetime, by: str) -> Resumption | None:
        """Orders all processes to go on. None when none has stopped since the last order."""
        row = await self._rows.find_one_and_update(
            {"_id": topic, "stopped_at": {"$exists": True}},
            {"$inc": {"epoch": 1}, "$unset": {"stopped_at": ""}, "$push": {"resumed": {"at": at, "by": by}}},
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else Resumption(row["epoch"], by)

    async def order(
        self, topic: str, kind: OrderKind, partition: int, offset: int, *, at: datetime, by: str, why: str
    ) -> Order:
        """Notes an order for the process that has the partition. It stays, with who gave it, when and why."""
        row = {"kind": kind, "partition": partition, "offset": offset, "by": by, "why": why}
        order_id = ObjectId()
        await self._orders.insert_one({"_id": order_id, "topic": topic, "at": at, "done_at": None, **row})
        return Order(order_id, kind, partition, offset, by, why)

    async def pending(self, topic: str) -> list[Order]:
        """Orders that nobody has carried out yet, in the order in which they were given."""
        rows = await self._orders.find({"topic": topic, "done_at": None}).sort("_id", 1).to_list(None)
        return [Order(r["_id"], r["kind"], r["partition"], r["offset"], r["by"], r["why"]) for r in rows]

    async def carried_out(self, order: Order, at: datetime) -> None:
        await self._orders.update_one({"_id": order.order_id}, {"$set": {"done_at": at}})
