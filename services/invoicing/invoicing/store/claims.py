"""Rules about several documents, of which each transaction would write another."""

from collections.abc import Iterable

from pymongo import UpdateOne

from chassis.database.mongo import Mongo
from chassis.messaging.outbox import Unit

COLLECTION = "claims"


class Claims:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def claim(self, unit: Unit, names: Iterable[str]) -> None:
        """Of two transactions with a name in common, one meets the other and has to look again."""
        writes = [UpdateOne({"_id": name}, {"$inc": {"turn": 1}}, upsert=True) for name in sorted(names)]
        if writes:
            await self._rows.bulk_write(writes, session=unit.session)
