"""Card payments that Stripe is to be asked about, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from chassis.database.mongo import Mongo
from chassis.messaging.outbox import Unit

WATCHES = "watches"
INDEXES: dict[str, Sequence[IndexModel]] = {WATCHES: [IndexModel([("due_at", ASCENDING)])]}


@dataclass(frozen=True, slots=True)
class Watch:
    """`since`: the last news."""

    payment_id: str
    since: datetime


class WatchStore:
    """The collection. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._watches = mongo.collection(WATCHES)

    async def begin(self, unit: Unit, payment_id: str, since: datetime, due_at: datetime) -> None:
        """Stripe is to be asked about this payment, at `due_at` for the first time."""
        change = {"$set": {"since": since, "due_at": due_at}}
        await self._watches.update_one({"_id": payment_id}, change, upsert=True, session=unit.session)

    async def end(self, unit: Unit, payment_id: str) -> None:
        """There is nothing more to ask."""
        await self._watches.delete_one({"_id": payment_id}, session=unit.session)

    async def due(self, now: datetime, most: int) -> list[Watch]:
        """The first of those that are due."""
        found = self._watches.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(most)
        return [Watch(row["_id"], row["since"]) for row in await found.to_list(most)]

    async def put_off(self, watch: Watch, due_at: datetime) -> None:
        """It is asked about again then."""
        await self._watches.update_one({"_id": watch.payment_id}, {"$set": {"due_at": due_at}})

    async def give_up(self, watch: Watch) -> None:
        """Unless there was news since."""
        await self._watches.delete_one({"_id": watch.payment_id, "since": watch.since})
