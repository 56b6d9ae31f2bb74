"""Sessions that were voided before their invoice was known."""

from collections.abc import Iterable, Mapping

from pymongo import ReplaceOne

from chassis.database.mongo import Document, Mongo
from chassis.messaging.outbox import Unit

COLLECTION = "voided_sessions"


class VoidedSessions:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def of(self, unit: Unit, invoice_ids: Iterable[str]) -> dict[str, int]:
        """The voiding version by invoice id."""
        if await self._rows.find_one({}, {"_id": 1}, session=unit.session) is None:
            return {}
        rows = await self._rows.find({"_id": {"$in": list(invoice_ids)}}, session=unit.session).to_list(None)
        return {row["_id"]: row["version"] for row in rows}

    async def remember(self, unit: Unit, versions: Mapping[str, int]) -> None:
        """Keeps the highest voiding version of sessions that have no invoice."""
        writes: list[ReplaceOne[Document]] = [
            ReplaceOne({"_id": id_}, {"_id": id_, "version": version}, upsert=True) for id_, version in versions.items()
        ]
        await self._rows.bulk_write(writes, session=unit.session)
