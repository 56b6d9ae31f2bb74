"""Gapless series of numbers."""

from chassis.database.mongo import Mongo, upsert
from chassis.messaging.outbox import Unit

COLLECTION = "counters"


class Counters:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def draw(self, unit: Unit, series: str, count: int = 1) -> int:
        """The first of the next `count` numbers of a gapless series, drawn in the transaction that uses them.

        Who aborts takes nothing.
        """
        row = await upsert(self._rows, {"_id": series}, {"$inc": {"last": count}}, unit.session)
        return int(row["last"]) - count + 1

    async def give_back(self, unit: Unit, series: str, count: int) -> None:
        """The last numbers that the same transaction drew, and did not use."""
        await self._rows.update_one({"_id": series}, {"$inc": {"last": -count}}, session=unit.session)
