"""Copies of closed days, as cash-register last published them."""

from collections.abc import Sequence

from chassis.database.mongo import Mongo
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from contracts.cash_register import DayClosed

COLLECTION = "register_days"


class Days:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, day_id: str) -> DayClosed | None:
        row = await self._rows.find_one({"_id": day_id})
        return DayClosed.model_validate(row) if row else None

    async def keep_newer(self, unit: Unit, heard: Sequence[DayClosed]) -> list[DayClosed]:
        """Stores the newest of each day, and returns those that were news."""
        return await keep_newer(unit, self._rows, heard)
