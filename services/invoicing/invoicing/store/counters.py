"""Gapless series of numbers."""

from pymongo import ReturnDocument

from chassis.database.mongo import Mongo
from chassis.messaging.outbox import Unit

COLLECTION = "counters"


class Counters:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def next_number(self, unit: Unit, series: str) -> int:
        """The next of a gapless series, drawn in the transaction that uses it: who aborts takes nothing."""
        row = await self._rows.find_one_and_update(
            {"_id": series},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=unit.session,
        )
        return int(row["last"])
