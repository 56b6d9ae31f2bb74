"""Receipt numbers, one after the other."""

from collections.abc import Sequence

from pymongo import IndexModel

from chassis.database.mongo import Mongo, upsert
from chassis.messaging.outbox import Unit

COUNTERS = "counters"
INDEXES: dict[str, Sequence[IndexModel]] = {COUNTERS: []}


class ReceiptNumbers:
    """The collection of counters. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._counters = mongo.collection(COUNTERS)

    async def draw(self, unit: Unit, clinic_id: str, count: int = 1) -> list[str]:
        """Drawn in the transaction that uses them, so that there is no gap."""
        series, drawn = {"_id": f"receipt/{clinic_id}"}, {"$inc": {"sequence": count}}
        row = await upsert(self._counters, series, drawn, unit.session)
        last = int(row["sequence"])
        return [f"R-{clinic_id}-{number:06d}" for number in range(last - count + 1, last + 1)]
