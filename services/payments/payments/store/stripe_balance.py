"""Stripe's balance as it was read: a copy, so that a day can be looked at without asking for it again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel, ReplaceOne

from chassis.database.mongo import Mongo
from payments.domain.settlement.stripe_balance import BalanceEntry

BALANCE = "balance_entries"
INDEXES: dict[str, Sequence[IndexModel]] = {BALANCE: [IndexModel([("of_clinic", ASCENDING), ("booked_at", ASCENDING)])]}
_booked = TypeAdapter(BalanceEntry)


class BalanceStore:
    """The collection. Everything raises DriverError."""

    def __init__(self, mongo: Mongo) -> None:
        self._entries = mongo.collection(BALANCE)

    async def put(self, booked: Iterable[BalanceEntry], clinics: Mapping[str, str]) -> None:
        """`clinics`: whose the PaymentIntents are; of others their own word is taken. What is known stays one entry."""
        rows = [
            {
                "_id": entry.entry_id,
                **_booked.dump_python(entry),
                "of_clinic": clinics.get(entry.intent_id, entry.clinic_id),
            }
            for entry in booked
        ]
        if rows:
            await self._entries.bulk_write([ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows])

    async def between(self, clinic_id: str, begin: datetime, end: datetime) -> list[BalanceEntry]:
        """The clinic's entries, and those of which it was not known whose they are."""
        where = {"of_clinic": {"$in": [clinic_id, None]}, "booked_at": {"$gte": begin, "$lt": end}}
        rows = await self._entries.find(where).to_list(None)
        return [_booked.validate_python(row) for row in rows]
