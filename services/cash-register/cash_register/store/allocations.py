"""What of each payment at a register went to which invoice."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, UpdateOne

from cash_register.domain.exports.heard import CashAllocation
from chassis.database.mongo import Mongo, Session, find_in
from chassis.messaging.outbox import Unit

COLLECTION = "allocations"
INDEXES = [IndexModel([("payment_id", ASCENDING)]), IndexModel([("look_at", ASCENDING)], sparse=True)]
AT_LEAST = timedelta(seconds=5)
_ALLOCATION = TypeAdapter(CashAllocation)


@dataclass(frozen=True, slots=True)
class DueAllocation:
    """One of which it is not known yet whether a Z report tells of it."""

    allocation: CashAllocation
    heard_at: datetime


class Allocations:
    """The oldest version of an invoice that knows of a payment says what went to it; later ones change nothing.

    `look_at` is when it is looked for the Z report of the payment; there is none once that is known.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def keep(self, unit: Unit, heard: Sequence[CashAllocation], at: datetime) -> None:
        """Those that are the first, in whichever order they are heard."""
        oldest: dict[str, CashAllocation] = {}
        for one in sorted(heard, key=lambda one: one.invoice_version, reverse=True):
            oldest[one.key] = one
        rows = await find_in(self._rows, "_id", oldest, unit.session, shown=["invoice_version"])
        versions = {row["_id"]: row["invoice_version"] for row in rows}
        first = [one for key, one in oldest.items() if one.invoice_version < versions.get(key, one.invoice_version + 1)]
        due = {"heard_at": at, "look_at": at}
        fresh = [{"_id": one.key, **_ALLOCATION.dump_python(one), **due} for one in first if one.key not in versions]
        if fresh:
            await self._rows.insert_many(fresh, session=unit.session)
        older = [
            UpdateOne({"_id": one.key}, {"$set": _ALLOCATION.dump_python(one)}) for one in first if one.key in versions
        ]
        if older:
            await self._rows.bulk_write(older, session=unit.session)

    async def due(self, now: datetime, limit: int) -> list[DueAllocation]:
        """Those that are to be looked at, those that wait longest first."""
        where = {"look_at": {"$lte": now}}
        rows = await self._rows.find(where, sort=[("look_at", 1)], limit=limit).to_list(None)
        return [DueAllocation(_ALLOCATION.validate_python(row), row["heard_at"]) for row in rows]

    async def settle(self, unit: Unit, settled: Sequence[CashAllocation]) -> None:
        """They are not looked at again."""
        keys = {"_id": {"$in": [one.key for one in settled]}}
        await self._rows.update_many(keys, {"$unset": {"look_at": ""}}, session=unit.session)

    async def put_off(self, several: Sequence[DueAllocation], now: datetime) -> None:
        """Until they have waited twice as long: of some it never comes to be known."""
        later = [
            UpdateOne({"_id": one.allocation.key}, {"$set": {"look_at": now + max(now - one.heard_at, AT_LEAST)}})
            for one in several
        ]
        if later:
            await self._rows.bulk_write(later)

    async def of(self, payment_ids: Collection[str], session: Session | None = None) -> dict[str, list[CashAllocation]]:
        """By payment, those of an invoice that was told of first before others."""
        found: defaultdict[str, list[CashAllocation]] = defaultdict(list)
        rows = await find_in(self._rows, "payment_id", payment_ids, session)
        for one in sorted(map(_ALLOCATION.validate_python, rows), key=lambda one: (one.at, one.invoice_id)):
            found[one.payment_id].append(one)
        return found
