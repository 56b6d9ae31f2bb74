"""From the publication of a session to its draft on the topic, at a steady pace."""

import asyncio
import tempfile
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from aiokafka import AIOKafkaConsumer

from chassis.messaging.broker import Producer
from dev.parts.service import ServicePart
from dev.parts.unhurried import unhurry_consumers
from tests.performance import load
from tests.performance.report import Result
from tests.performance.stage import Stage, fresh

PACE = 20
P95_MS = 150


def latency(seconds: int) -> list[Result]:
    """p50 and p95 at 20 sessions a second, the consumer that looks for the draft included."""
    with fresh(0) as stage, tempfile.TemporaryDirectory() as folder:
        settings = {
            "KAFKA": stage.kafka,
            "MONGO_URI": stage.mongo,
            "JWKS_URL": "http://127.0.0.1:9/",
            "ISSUER": "bench",
        }
        with ServicePart("invoicing", Path(folder), settings):
            took_ms = asyncio.run(_measure(stage, PACE * seconds))
    p95 = quantiles(took_ms, n=20)[-1]
    return [
        Result("latency p50 at 20/s", median(took_ms), "ms", None, None, "shown, not asked"),
        Result("latency p95 at 20/s", p95, "ms", None, None, "< 150 ms", p95 < P95_MS),
    ]


async def _measure(stage: Stage, count: int) -> list[float]:
    consumer = AIOKafkaConsumer(
        "invoicing.invoices", bootstrap_servers=stage.kafka, group_id=None, auto_offset_reset="latest"
    )
    producer = Producer(stage.kafka, "bench")
    unhurry_consumers()
    await consumer.start()
    await consumer.seek_to_end()
    await producer.start()
    sent: dict[bytes, float] = {}
    publishing = asyncio.create_task(_publish(producer, count, sent))
    took_ms: list[float] = []
    while len(took_ms) < count:
        for batch in (await consumer.getmany(timeout_ms=50)).values():
            arrived = perf_counter()
            took_ms.extend((arrived - sent[_session(record.value)]) * 1e3 for record in batch)
    await publishing
    await consumer.stop()
    await producer.stop()
    return took_ms


def _session(value: bytes | None) -> bytes:
    """The session's id in a draft, found without parsing."""
    return (value or b"").partition(b'"session_id":"')[2].partition(b'"')[0]


async def _publish(producer: Producer, count: int, sent: dict[bytes, float]) -> None:
    begun = perf_counter()
    for nth, message in enumerate(load.messages(0, count)):
        await asyncio.sleep(max(0.0, begun + nth / PACE - perf_counter()))
        sent[_session((message.value or b"").replace(b'": "', b'":"'))] = perf_counter()
        await producer.publish([message])
