"""What each statement has of each booking day of an account: beside it a later statement of the day is laid."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, UpdateOne

from chassis.database.mongo import Document, Mongo
from chassis.messaging.outbox import Unit
from payments.domain.bank.overlap import DaySlice

DAYS, ACCOUNTS = "bank_days", "bank_accounts"
INDEXES: dict[str, Sequence[IndexModel]] = {
    DAYS: [IndexModel([("clinic_id", ASCENDING), ("account", ASCENDING), ("day", ASCENDING)])],
    ACCOUNTS: [],
}
_slice = TypeAdapter(DaySlice)


class BankDays:
    """The collections. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._days = mongo.collection(DAYS)
        self._accounts = mongo.collection(ACCOUNTS)

    async def claim(self, unit: Unit, clinic_id: str, what: str) -> None:
        """Of two transactions about an account at once, the second one sees what the first one stored."""
        where = {"_id": f"{clinic_id}/{what}"}
        await self._accounts.update_one(where, {"$inc": {"claims": 1}}, upsert=True, session=unit.session)

    async def put(self, unit: Unit, clinic_id: str, slices: Iterable[DaySlice]) -> None:
        """Stores them, or finds them stored."""
        writes: list[Any] = [
            UpdateOne({"_id": s.slice_id}, {"$setOnInsert": _row(clinic_id, s)}, upsert=True) for s in slices
        ]
        if writes:
            await self._days.bulk_write(writes, session=unit.session)

    async def grow(self, unit: Unit, added: Mapping[str, int]) -> None:
        """So many transactions of these slices were stored."""
        writes: list[Any] = [UpdateOne({"_id": id_}, {"$inc": {"own": count}}) for id_, count in added.items()]
        if writes:
            await self._days.bulk_write(writes, session=unit.session)

    async def of(
        self, unit: Unit, clinic_id: str, accounts: Iterable[str], days: Iterable[date]
    ) -> dict[str, DaySlice]:
        """All that is known of these days of an account by any of its names, by id."""
        dates = [day.isoformat() for day in days]
        where = {"clinic_id": clinic_id, "account": {"$in": list(accounts)}, "day": {"$in": dates}}
        rows = await self._days.find(where, session=unit.session).to_list(None)
        return {row["_id"]: _slice.validate_python(row) for row in rows}


def _row(clinic_id: str, day_slice: DaySlice) -> Document:
    fields = _slice.dump_python(day_slice)
    return {"clinic_id": clinic_id, **fields, "day": day_slice.day.isoformat()}
