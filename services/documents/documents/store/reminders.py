"""Which reminder was the last one, of what is overdue since a day."""

from datetime import date

from pymongo import ReplaceOne

from chassis.database.mongo import Mongo, Session
from chassis.messaging.outbox import Unit
from documents.domain.deliveries.reminders import Reminded
from kernel.ids import derived_id

COLLECTION = "reminders"


class Reminders:
    """Rows are written in the transaction that queues the reminder: a step is taken once."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def last(self, invoice_id: str, since: date, session: Session | None = None) -> Reminded | None:
        row = await self._rows.find_one({"_id": _key(invoice_id, since)}, session=session)
        return Reminded(row["step"], date.fromisoformat(row["on"])) if row else None

    async def note(self, unit: Unit, clinic_id: str, invoice_id: str, since: date, taken: Reminded) -> None:
        key = _key(invoice_id, since)
        row = {"_id": key, "clinic_id": clinic_id, "invoice_id": invoice_id, "step": taken.step, "on": taken.on}
        await self._rows.bulk_write([ReplaceOne({"_id": key}, row, upsert=True)], session=unit.session)


def _key(invoice_id: str, since: date) -> str:
    return derived_id("rem", invoice_id, since.isoformat())
