"""Whose the cash payments are that were heard of: it is noted once, and never changes."""

from collections.abc import Collection, Mapping

from chassis.database.mongo import Mongo, Session, find_in
from chassis.messaging.outbox import Unit
from chassis.messaging.owners import Account

COLLECTION = "payments"


class Payments:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def accounts(self, session: Session | None, payment_ids: Collection[str]) -> dict[str, Account]:
        """Of those that are known."""
        rows = await find_in(self._rows, "_id", payment_ids, session)
        return {row["_id"]: (row["clinic_id"], row["patient_id"]) for row in rows}

    async def note(self, unit: Unit, accounts: Mapping[str, Account]) -> None:
        """Raises DriverError (duplicate) for one that is known."""
        rows = [
            {"_id": payment_id, "clinic_id": clinic_id, "patient_id": patient_id}
            for payment_id, (clinic_id, patient_id) in accounts.items()
        ]
        if rows:
            await self._rows.insert_many(rows, session=unit.session)
