"""How far Stripe's lists are read."""

from collections.abc import Sequence
from dataclasses import asdict

from pydantic import TypeAdapter
from pymongo import IndexModel

from chassis.database.mongo import Mongo
from payments.domain.cards.read_position import ReadPosition

CURSORS = "cursors"
INDEXES: dict[str, Sequence[IndexModel]] = {CURSORS: []}
_position = TypeAdapter(ReadPosition)


class ReadPositionStore:
    """The collection: a place for each list that was ever read. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._cursors = mongo.collection(CURSORS)

    async def positions(self, *sources: str) -> dict[str, ReadPosition]:
        """Of these lists, as far as they were ever read."""
        rows = await self._cursors.find({"_id": {"$in": sources}}).to_list(None)
        return {row["_id"]: _position.validate_python(row) for row in rows}

    async def keep(self, source: str, position: ReadPosition) -> None:
        await self._cursors.replace_one({"_id": source}, asdict(position), upsert=True)
