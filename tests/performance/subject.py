"""One way of turning sessions into drafts, as a process of its own: python -m tests.performance.subject WAY …

Prints what it took from the end of the first batch to the end of the last, so that starting up does not count.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from time import perf_counter, process_time
from typing import Any

from aiokafka import AIOKafkaConsumer
from invoicing.app import build
from invoicing.domain.drafts.drafting import draft
from invoicing.domain.invoice.events import InvoiceDrafted
from invoicing.domain.pricing.terms import Terms
from invoicing.store import Store
from invoicing.usecases.drafts.hear_sessions import CLINICAL_SYSTEM
from invoicing.usecases.save_and_publish import save_and_publish

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Unit
from chassis.messaging.reading import Heard, Reader
from chassis.telemetry import EVENTS_PUBLISHED
from contracts.clinical import SessionCompleted
from contracts.topics import SESSIONS
from dev.parts.unhurried import unhurry_consumers
from kernel.clock import utc_now
from tests.performance import load
from tests.performance.peak import peak_mb
from tests.performance.stage import Stage

BATCH = 500
POLL_S = 0.02


@dataclass(frozen=True)
class Took:
    """`cpu_s` is this process's own; `rss_mb` its largest resident size."""

    events: int
    seconds: float
    cpu_s: float
    rss_mb: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU of the process for an event."""
        return self.cpu_s / self.events * 1e6


class Watch:
    """Starts when the first batch is done."""

    def __init__(self) -> None:
        self._begun: tuple[float, float, int] | None = None
        self.done = 0

    def at(self, done: int) -> None:
        """So many events are done now."""
        self.done = done
        if self._begun is None and done:
            self._begun = perf_counter(), process_time(), done

    def took(self) -> Took:
        """From the first batch to now."""
        if self._begun is None:
            raise RuntimeError("nothing was done")
        wall, cpu, first = self._begun
        return Took(self.done - first, perf_counter() - wall, process_time() - cpu, peak_mb())


async def ours(stage: Stage, count: int, ordinal: int) -> Took:
    """The invoicing service itself, all of it but its HTTP port."""
    app = build(stage.settings(ordinal))
    watch = Watch()
    async with app.router.lifespan_context(app):
        while watch.done < count:
            await asyncio.sleep(POLL_S)
            watch.at(published("invoicing.invoices"))
        return watch.took()


def published(topic: str) -> int:
    """Of this counter alone: collecting the whole registry reads /proc, fifty times a second."""
    samples = [sample for metric in EVENTS_PUBLISHED.collect() for sample in metric.samples]
    return int(sum(s.value for s in samples if s.name.endswith("_total") and s.labels["topic"] == topic))


async def floor(stage: Stage, count: int, _ordinal: int) -> Took:
    """The same records consumed raw, documents of the same size inserted, the same events produced: no logic."""
    async with tools(stage) as (consumer, producer, mongo):
        documents, message = await samples(mongo)
        watch = Watch()

        async def batch(records: list[Any]) -> None:
            ids = [f"{record.partition}-{record.offset}" for record in records]

            async def insert(session: Any) -> None:
                for name, document in documents.items():
                    rows = [{**document, "_id": id_} for id_ in ids]
                    await mongo.collection(name).insert_many(rows, session=session)

            await mongo.transaction(insert)
            await producer.publish([message] * len(records))

        await consume(consumer, count, BATCH, watch, batch)
        return watch.took()


async def naive(stage: Stage, count: int, _ordinal: int) -> Took:
    """The same logic the way it is often written: one message, one transaction, one send, one commit."""
    async with tools(stage) as (consumer, producer, mongo):
        store, terms = Store(mongo), await _terms(mongo)
        reader = Reader(SESSIONS, (SessionCompleted,))
        watch = Watch()

        async def one(records: list[Any]) -> None:
            heard = reader.read(records[0])
            assert isinstance(heard, Heard)
            invoice = draft(heard.event, terms, utc_now(), CLINICAL_SYSTEM)
            messages: list[Any] = []

            async def save(session: Any) -> None:
                unit = Unit(session, "/bench")
                day = terms.day_of(heard.event.completed_at)
                await store.session_log.append(unit, [(invoice.invoice_id, heard.event, day)], look=False)
                await save_and_publish(unit, store, {}, [InvoiceDrafted(invoice)])
                messages[:] = unit.messages

            await mongo.transaction(save)
            await producer.publish(messages)

        await consume(consumer, count, 1, watch, one)
        return watch.took()


@asynccontextmanager
async def tools(stage: Stage, topic: str = "clinical.sessions") -> AsyncIterator[tuple[Any, Producer, Mongo]]:
    """A consumer of the topic from its beginning, a producer, and invoicing's database."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=stage.kafka,
        group_id="bench",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = Producer(stage.kafka, "bench")
    mongo = Mongo(stage.mongo, "invoicing")
    await consumer.start()
    await producer.start()
    try:
        yield consumer, producer, mongo
    finally:
        await consumer.stop()
        await producer.stop()
        await mongo.close()


async def consume(
    consumer: Any, count: int, most: int, watch: Watch, work: Callable[[list[Any]], Awaitable[None]]
) -> None:
    while watch.done < count:
        got = await consumer.getmany(timeout_ms=50, max_records=most)
        records = [record for batch in got.values() for record in batch]
        if records:
            await work(records)
            await consumer.commit({place: batch[-1].offset + 1 for place, batch in got.items()})
            watch.at(watch.done + len(records))


async def _terms(mongo: Mongo) -> Terms:
    store = Store(mongo)
    return Terms(await store.clinics.get(load.CLINIC), await store.price_lists.get(load.CLINIC, "std"), "EUR")


async def samples(mongo: Mongo) -> tuple[dict[str, dict[str, Any]], Any]:
    """What the service would store for one session, by collection, and say."""
    event = SessionCompleted.model_validate(load.session(0))
    terms = await _terms(mongo)
    invoice = draft(event, terms, utc_now(), CLINICAL_SYSTEM)
    kept: dict[str, dict[str, Any]] = {}

    async def save(session: Any) -> Any:
        unit = Unit(session, "/bench")
        store = Store(mongo)
        await store.session_log.append(
            unit, [(invoice.invoice_id, event, terms.day_of(event.completed_at))], look=False
        )
        await save_and_publish(unit, store, {}, [InvoiceDrafted(invoice)])
        for name, id_ in (("invoices", "_id"), ("revisions", "subject"), ("heard_sessions", "_id")):
            row = await mongo.collection(name).find_one({id_: invoice.invoice_id}, session=session)
            assert row is not None
            kept[name] = row
            await mongo.collection(name).delete_one({"_id": row["_id"]}, session=session)
        return unit.messages[0]

    message = await mongo.transaction(save)
    return kept, message


WAYS = {"ours": ours, "floor": floor, "naive": naive}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--mongo", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--ordinal", type=int, default=0)
    asked = parser.parse_args()
    unhurry_consumers()
    took = asyncio.run(WAYS[asked.way](Stage(asked.kafka, asked.mongo), asked.count, asked.ordinal))
    print(json.dumps(asdict(took)))


if __name__ == "__main__":
    main()
