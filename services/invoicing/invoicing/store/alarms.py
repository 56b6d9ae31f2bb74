"""The last alarm of each session, by the id of its invoice."""

from collections.abc import Iterable, Mapping

from pymongo import ReplaceOne

from chassis.database.mongo import Document, Mongo
from chassis.messaging.outbox import Unit
from invoicing.domain.completeness.alarms import Alarm

COLLECTION = "unbilled_alarms"


class Alarms:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def of(self, unit: Unit, invoice_ids: Iterable[str]) -> dict[str, Alarm]:
        """Of those that have one."""
        rows = await self._rows.find({"_id": {"$in": list(invoice_ids)}}, session=unit.session).to_list(None)
        return {row["_id"]: _alarm(row) for row in rows}

    async def save(self, unit: Unit, alarms: Mapping[str, Alarm]) -> None:
        writes: list[ReplaceOne[Document]] = [
            ReplaceOne({"_id": id_}, {"_id": id_, "version": alarm.version, "items": sorted(alarm.items)}, upsert=True)
            for id_, alarm in alarms.items()
        ]
        if writes:
            await self._rows.bulk_write(writes, session=unit.session)


def _alarm(row: Document) -> Alarm:
    return Alarm(row["version"], frozenset((kind, id_) for kind, id_ in row["items"]))
