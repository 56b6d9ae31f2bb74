"""When a document was last sent to a recipient, by a key that names neither."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel, UpdateOne

from chassis.database.mongo import Mongo, Session
from chassis.messaging.outbox import Unit

COLLECTION = "sendings"
KEPT_S = 7 * 24 * 3600
INDEXES = [IndexModel([("at", ASCENDING)], expireAfterSeconds=KEPT_S)]


class Sendings:
    """Rows are written in the transaction that queues a delivery: of two at once, one is there when the other looks."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def since(self, keys: Sequence[str], moment: datetime, session: Session) -> list[str]:
        """The deliveries that were ordered after the moment."""
        rows = await self._rows.find({"_id": {"$in": list(keys)}}, session=session).to_list(None)
        return sorted({row["delivery_id"] for row in rows if row["at"] > moment})

    async def note(self, unit: Unit, keys: Sequence[str], delivery_id: str, at: datetime) -> None:
        noted = {"$set": {"delivery_id": delivery_id, "at": at}}
        if keys:
            await self._rows.bulk_write(
                [UpdateOne({"_id": key}, noted, upsert=True) for key in keys], session=unit.session
            )
