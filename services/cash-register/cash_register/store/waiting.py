"""Cash that waits for a day which takes it."""

from collections.abc import Collection, Sequence

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from cash_register.domain.days.cash import Cash
from chassis.database.mongo import Mongo, Session
from chassis.database.paging import Order, Page, PageRequest
from chassis.messaging.outbox import Unit

COLLECTION = "waiting"
INDEXES = [
    IndexModel([("clinic_id", ASCENDING), ("register_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
]
OLDEST_FIRST = Order((("at", 1), ("_id", 1)))
_CASH = TypeAdapter(Cash)


class WaitingCash:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def of(self, session: Session | None, clinic_id: str, register_id: str, currency: str) -> list[Cash]:
        """What waits for a day of the register in this currency, oldest first."""
        wanted = {"clinic_id": clinic_id, "register_id": register_id, "amount.currency": currency}
        rows = await self._rows.find(wanted, session=session, sort=OLDEST_FIRST.sort).to_list(None)
        return [_CASH.validate_python(row) for row in rows]

    async def known(self, session: Session, ids: Collection[str]) -> set[str]:
        """Those of the ids that wait."""
        if not ids:
            return set()
        rows = await self._rows.find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=session).to_list(None)
        return {row["_id"] for row in rows}

    async def begin(self, unit: Unit, arrivals: Sequence[Cash]) -> None:
        """Raises DriverError (duplicate) for one that is there."""
        if arrivals:
            rows = [{"_id": cash.movement_id, **_CASH.dump_python(cash)} for cash in arrivals]
            await self._rows.insert_many(rows, session=unit.session)

    async def end(self, unit: Unit, ids: Sequence[str]) -> None:
        if ids:
            await self._rows.delete_many({"_id": {"$in": list(ids)}}, session=unit.session)

    async def page(self, clinic_id: str, register_id: str, request: PageRequest) -> Page[Cash]:
        """Of a register, oldest first."""
        where = OLDEST_FIRST.where({"clinic_id": clinic_id, "register_id": register_id}, request)
        rows = await self._rows.find(where, sort=OLDEST_FIRST.sort, limit=request.limit + 1).to_list(None)
        return OLDEST_FIRST.page(rows, request, _CASH.validate_python)
