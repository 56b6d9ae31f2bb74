"""The store of invoicing by itself, in a database of its own."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from invoicing.domain.invoice.events import InvoiceEvent
from invoicing.publishing import Cause, publish, record
from invoicing.store import Store
from invoicing.store.invoices import StoredInvoice

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import COLLECTION, Outbox, Unit, unpack

T = TypeVar("T")


class OwnStore:
    """A store in a database of its own; each change is a transaction, and what it says stays in the outbox."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.store = Store(mongo)
        self.outbox = Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test")

    async def do(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        return await self.outbox.transact(work)

    async def save(self, before: dict[str, StoredInvoice], *events: InvoiceEvent) -> None:
        async def work(unit: Unit) -> None:
            publications = record(events, Cause())
            await self.store.invoices.save(unit, before, publications)
            publish(unit, publications)

        await self.do(work)

    async def published(self) -> list[tuple[str, bytes]]:
        rows = await self.mongo.collection(COLLECTION).find({}).sort("_id", 1).to_list(None)
        messages = [unpack(packed) for row in rows for packed in row["messages"]]
        return [((dict(m.headers)["ce_id"] or b"").decode(), m.value or b"") for m in messages]
