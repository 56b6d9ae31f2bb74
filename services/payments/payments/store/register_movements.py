"""What registers said of cash: written once by the id of each movement, whatever order it is heard in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, UpdateOne

from chassis.database.mongo import Mongo, find_in
from chassis.messaging.outbox import Unit
from payments.domain.registers.register_movement import CashDeposit, RegisterMovement, deposits

REGISTER_MOVEMENTS = "register_movements"
DEPOSITS = ["deposit", "taken_back"]
INDEXES: dict[str, Sequence[IndexModel]] = {
    REGISTER_MOVEMENTS: [
        IndexModel([("clinic_id", ASCENDING), ("at", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("kind", ASCENDING), ("on", ASCENDING)]),
        IndexModel([("clinic_id", ASCENDING), ("kind", ASCENDING), ("amount.amount_minor", ASCENDING)]),
        IndexModel([("counters", ASCENDING)], sparse=True),
    ],
}
_movement = TypeAdapter(RegisterMovement)


class RegisterMovementStore:
    """The collection. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(REGISTER_MOVEMENTS)

    async def put(self, unit: Unit, moved: Iterable[RegisterMovement]) -> None:
        """Stores them, or finds them stored."""
        writes: list[Any] = [
            UpdateOne({"_id": m.movement_id}, {"$setOnInsert": _fields(m)}, upsert=True) for m in moved
        ]
        if writes:
            await self._rows.bulk_write(writes, session=unit.session)

    async def between(self, clinic_id: str, begin: datetime, end: datetime) -> list[RegisterMovement]:
        """Cash that moved from `begin` until before `end`."""
        rows = await self._rows.find({"clinic_id": clinic_id, "at": {"$gte": begin, "$lt": end}}).to_list(None)
        return [_movement.validate_python(row) for row in rows]

    async def deposits_on(self, clinic_id: str, first: date, last: date) -> tuple[CashDeposit, ...]:
        """Of the registers' days from the first to the last."""
        days = {"$gte": first.isoformat(), "$lte": last.isoformat()}
        return await self._deposits(None, {"clinic_id": clinic_id, "kind": "deposit", "on": days})

    async def deposits_of_amounts(
        self, unit: Unit, clinic_id: str, amounts_minor: Iterable[int]
    ) -> tuple[CashDeposit, ...]:
        """Of exactly these sums, whenever they were brought to the bank."""
        sums = {"$in": [-amount_minor for amount_minor in sorted(amounts_minor)]}
        return await self._deposits(unit, {"clinic_id": clinic_id, "kind": "deposit", "amount.amount_minor": sums})

    async def _deposits(self, unit: Unit | None, where: Mapping[str, Any]) -> tuple[CashDeposit, ...]:
        session = None if unit is None else unit.session
        rows = await self._rows.find(where, session=session).to_list(None)
        gone = await find_in(self._rows, "counters", [row["_id"] for row in rows], session)
        return deposits(_movement.validate_python(row) for row in (*rows, *gone))


def _fields(moved: RegisterMovement) -> dict[str, Any]:
    fields: dict[str, Any] = _movement.dump_python(moved)
    if moved.counters is None:
        # Only counter-entries are in that index.
        del fields["counters"]
    return fields
