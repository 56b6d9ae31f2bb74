"""When each of invoicing's nightly checks was last done."""

from datetime import datetime

from chassis.database.mongo import Mongo

COLLECTION = "checks"


class Checks:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def last(self, name: str) -> datetime | None:
        """None when it never was."""
        row = await self._rows.find_one({"_id": name})
        return None if row is None else row["at"]

    async def done(self, name: str, at: datetime) -> None:
        """It was done."""
        await self._rows.replace_one({"_id": name}, {"_id": name, "at": at}, upsert=True)
