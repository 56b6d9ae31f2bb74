"""Copies of invoices, as invoicing last published them."""

from collections.abc import Sequence

from chassis.database.mongo import Mongo, Session
from chassis.messaging.inbox import keep_newer
from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice

COLLECTION = "invoices"


class Invoices:
    def __init__(self, mongo: Mongo) -> None:
        self._rows = mongo.collection(COLLECTION)

    async def find(self, invoice_id: str, session: Session | None = None) -> Invoice | None:
        row = await self._rows.find_one({"_id": invoice_id}, session=session)
        return Invoice.model_validate(row) if row else None

    async def keep_newer(self, unit: Unit, heard: Sequence[Invoice]) -> list[Invoice]:
        """Stores the newest of each invoice, and returns those that were news."""
        return await keep_newer(unit, self._rows, heard)
