"""Gapless series of numbers."""

from chassis.database.mongo import Mongo, upsert
from chassis.messaging.outbox import Unit

COLLECTION = "counters"


class Counters:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def next_number(self, unit: Unit, series: str) -> int:
        """The next of a gapless series, drawn in the transaction that uses it: who aborts takes nothing."""
        row = await upsert(self._rows, {"_id": series}, {"$inc": {"last": 1}}, unit.session)
        return int(row["last"])
