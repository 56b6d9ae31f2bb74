"""Kafka in the hands of a test: records in, and records out from the beginning of a topic to the one waited for."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer

from chassis.messaging.broker import MAX_REQUEST_BYTES, Producer
from chassis.messaging.cluster import Cluster
from chassis.messaging.reading import Record
from contracts.envelope import Event, Message, to_message
from contracts.topics import topic_of
from dev.run_async import run_async
from tests.parts.patience import PATIENCE_S

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Json = dict[str, Any]


@dataclass(frozen=True)
class PublishedEvent:
    """A record of a topic, decoded."""

    headers: dict[str, str]
    body: Json

    @property
    def type(self) -> str:
        """`day-opened` of `cash-register.day-opened.v1`."""
        return self.headers["ce_type"].split(".")[1]

    @property
    def id(self) -> str:
        return self.headers["ce_id"]


def sealed(event: Event, traceparent: str | None = None) -> Message:
    """The event as the writer of its topic puts it there."""
    return to_message(
        topic=topic_of(type(event)).name,
        type_=event.TYPE,
        source="/test",
        subject=event.subject,
        version=event.version,
        key=event.key,
        at=AT,
        value=event.model_dump_json().encode(),
        traceparent=traceparent,
    )


def publish(kafka: str, *messages: Message) -> None:
    """Puts them on their topics, in order, and returns when all are acknowledged."""
    run_async(publish_soon(kafka, *messages))


async def publish_soon(kafka: Cluster | str, *messages: Message) -> None:
    """The same from within an event loop."""
    producer = Producer(kafka, "test")
    await producer.start()
    try:
        await producer.publish(messages)
    finally:
        await producer.stop()


def read(kafka: str, topic: str, enough: Callable[[Sequence[Record]], object]) -> list[Record]:
    """The records of a topic from its beginning, as soon as they are enough."""
    return run_async(read_soon(kafka, topic, enough))


async def read_soon(kafka: str, topic: str, enough: Callable[[Sequence[Record]], object]) -> list[Record]:
    """The same from within an event loop."""
    found: list[Record] = []
    async with asyncio.timeout(PATIENCE_S):
        async for record in _records(kafka, topic):
            found.append(record)
            if enough(found):
                break
    return found


def published(kafka: str, topic: str, subject: str, version: int) -> list[PublishedEvent]:
    """The events of one aggregate, each once, up to the version."""
    wanted = subject.encode()

    def is_last(records: Sequence[Record]) -> bool:
        headers = dict(records[-1].headers)
        return headers.get("ce_subject") == wanted and headers["ce_id"] == b"%s:%d" % (wanted, version)

    mine = [_decoded(r) for r in read(kafka, topic, is_last) if dict(r.headers).get("ce_subject") == wanted]
    return list({event.id: event for event in mine}.values())


def _decoded(record: Record) -> PublishedEvent:
    headers = {name: (value or b"").decode() for name, value in record.headers}
    return PublishedEvent(headers, json.loads(record.value or b"null"))


async def _records(kafka: str, topic: str) -> AsyncIterator[Record]:
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=kafka, auto_offset_reset="earliest", max_partition_fetch_bytes=MAX_REQUEST_BYTES
    ) as consumer:
        async for record in consumer:
            yield record
