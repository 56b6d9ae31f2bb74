"""Revisions of one service by their places, for what a check leans on that was not just read."""

from collections.abc import Sequence

from chassis.database.mongo import Mongo, raw_batches
from chassis.journal import revisions
from chassis.journal.checks import Stored
from chassis.journal.hashed import id_in
from chassis.journal.revisions import row_id

AT_ONCE = 100


class Lookups:
    """Each a query by ids."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(revisions.COLLECTION)

    async def stored(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Those that exist, by id."""
        if not ids:
            return {}
        found = raw_batches(self._rows, {"_id": {"$in": list(ids)}}, most=AT_ONCE)
        return {id_in(raw): Stored.of(raw) async for some in found for raw in some}

    async def there(self, ids: Sequence[str]) -> set[str]:
        """The ids that exist."""
        if not ids:
            return set()
        rows = await self._rows.find({"_id": {"$in": list(ids)}}, {"_id": 1}).to_list(None)
        return {row["_id"] for row in rows}

    async def below(self, subject: str, version: int) -> int:
        """The last version below this one that exists, 0 for none. A gap is rare, and looked through piece by piece."""
        for top in range(version - 1, 0, -AT_ONCE):
            ids = {row_id(subject, n): n for n in range(max(top - AT_ONCE + 1, 1), top + 1)}
            if there := await self.there(list(ids)):
                return max(ids[id_] for id_ in there)
        return 0

    async def is_any_above(self, subject: str, version: int) -> bool:
        """Of the next ones."""
        return bool(await self.there([row_id(subject, n) for n in range(version + 1, version + 1 + AT_ONCE)]))
