"""Payouts of Stripe and the lines that each is made of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, get_args

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne

from chassis.database.mongo import Document, Mongo
from chassis.database.paging import Order, Page, PageRequest
from chassis.messaging.outbox import Unit
from payments.domain.payouts.payout import Payout, PayoutMovement, PayoutState
from payments.store.conditions import in_clinics

PAYOUTS, MOVEMENTS = "payouts", "payout_movements"
NEWEST_FIRST = Order((("created_at", -1), ("_id", -1)))
IN_ORDER = Order((("_id", 1),))
STATES: tuple[PayoutState, ...] = get_args(PayoutState)
INDEXES: dict[str, Sequence[IndexModel]] = {
    PAYOUTS: [
        IndexModel([("clinic_ids", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("finished", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING)]),
        IndexModel([("clinic_ids", ASCENDING), ("amount.amount_minor", ASCENDING)]),
    ],
    MOVEMENTS: [
        IndexModel([("payout_id", ASCENDING), ("clinic_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("payout_id", ASCENDING), ("_id", ASCENDING)]),
    ],
}
_payout = TypeAdapter(Payout)
_movement = TypeAdapter(PayoutMovement)


class PayoutStore:
    """The collections. What takes a unit belongs to its transaction. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._payouts = mongo.collection(PAYOUTS)
        self._movements = mongo.collection(MOVEMENTS)

    async def payout(self, payout_id: str, unit: Unit | None = None) -> Payout | None:
        row = await self._payouts.find_one({"_id": payout_id}, session=unit and unit.session)
        return None if row is None else payout_of(row)

    async def page(self, clinics: Sequence[str] | None, request: PageRequest) -> Page[Payout]:
        """Newest first; those with a part of one of these clinics, or all of them."""
        where = NEWEST_FIRST.where(in_clinics(clinics, "clinic_ids"), request)
        rows = await self._payouts.find(where, sort=NEWEST_FIRST.sort, limit=request.limit + 1).to_list(None)
        return NEWEST_FIRST.page(rows, request, payout_of)

    async def page_of_movements(
        self, payout_id: str, clinics: Sequence[str] | None, request: PageRequest
    ) -> Page[PayoutMovement]:
        """A payout's lines; those of these clinics, or all of them."""
        where = IN_ORDER.where({"payout_id": payout_id, **in_clinics(clinics)}, request)
        rows = await self._movements.find(where, sort=IN_ORDER.sort, limit=request.limit + 1).to_list(None)
        return IN_ORDER.page(rows, request, movement_of)

    async def put(self, unit: Unit, payout: Payout, movements: Sequence[PayoutMovement]) -> None:
        """As they are now, whatever was known of them."""
        row = _document(payout)
        await self._payouts.replace_one({"_id": row["_id"]}, row, upsert=True, session=unit.session)
        writes: list[Any] = [
            ReplaceOne({"_id": m.movement_id}, {"_id": m.movement_id, **_movement.dump_python(m)}, upsert=True)
            for m in movements
        ]
        if writes:
            await self._movements.bulk_write(writes, session=unit.session)

    async def of_amounts(self, unit: Unit, clinic_id: str, amounts_minor: Iterable[int]) -> list[Payout]:
        """Those of the clinic with exactly one of these sums, whenever they were made."""
        where = {"clinic_ids": clinic_id, "amount.amount_minor": {"$in": sorted(amounts_minor)}}
        rows = await self._payouts.find(where, session=unit.session).to_list(None)
        return [payout_of(row) for row in rows]

    async def unfinished(self) -> list[str]:
        """Those that are on their way, or do not agree."""
        rows = await self._payouts.find({"finished": False}, {"_id": 1}, sort=[("_id", 1)]).to_list(None)
        return [row["_id"] for row in rows]

    async def not_finished(self, payout_ids: Sequence[str]) -> list[str]:
        """Those of them that are not known, or not done with."""
        where = {"_id": {"$in": list(payout_ids)}, "finished": True}
        rows = await self._payouts.find(where, {"_id": 1}).to_list(None) if payout_ids else []
        done = {row["_id"] for row in rows}
        return [payout_id for payout_id in payout_ids if payout_id not in done]

    async def count(self) -> dict[PayoutState, int]:
        """How many there are of each state."""
        return {state: await self._payouts.count_documents({"state": state}) for state in STATES}


def payout_of(row: Mapping[str, Any]) -> Payout:
    """A payout from its document."""
    return _payout.validate_python(row)


def movement_of(row: Mapping[str, Any]) -> PayoutMovement:
    """A line from its document."""
    return _movement.validate_python(row)


def _document(payout: Payout) -> Document:
    fields = _payout.dump_python(payout)
    days = {name: day.isoformat() for name, day in fields.items() if type(day) is date}
    finished = payout.state == "matched" and payout.status in ("paid", "canceled", "failed")
    return {"_id": payout.payout_id, **fields, **days, "clinic_ids": payout.clinic_ids, "finished": finished}
