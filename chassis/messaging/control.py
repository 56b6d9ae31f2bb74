"""What a person tells the consumers of a service, where all of its processes see it: the service's own database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from chassis.database.mongo import Mongo

COLLECTION = "consumer_control"


@dataclass(frozen=True, slots=True)
class Resumption:
    """The order to go on with a topic; `epoch` counts them. Who gave it and when stays noted in the document."""

    epoch: int
    by: str


class ConsumerControl:
    """One document a topic. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def stopped(self, topic: str, at: datetime) -> int:
        """Notes that a process stopped, and returns the epoch after which an order to go on is meant for it."""
        row: dict[str, Any] = await self._rows.find_one_and_update(
            {"_id": topic}, {"$set": {"stopped_at": at}}, upsert=True, return_document=ReturnDocument.AFTER
        )
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
