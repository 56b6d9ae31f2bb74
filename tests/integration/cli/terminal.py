"""Commands as a person gives them, and what is on the broker after them."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from typer.testing import CliRunner, Result

from chassis.messaging.broker import Producer
from chassis.messaging.reading import Record
from cli import app
from cli.terminal import out
from contracts.envelope import Message


def chairside(bootstrap: str, *words: str) -> Result:
    """Runs one command on a wide terminal; also from within an event loop, by asyncio.to_thread."""
    out.console.width = 200
    return CliRunner(env={"CHAIRSIDE_KAFKA": bootstrap}).invoke(app, words, catch_exceptions=False)


def open_letters(bootstrap: str, *options: str) -> list[dict[str, Any]]:
    listed = chairside(bootstrap, "dead-letters", "list", "--json", *options)
    assert listed.exit_code == 0, listed.output
    return [json.loads(line) for line in listed.stdout.splitlines()]


def published(bootstrap: str, messages: Sequence[Message]) -> None:
    asyncio.run(_publish(bootstrap, messages))


async def _publish(bootstrap: str, messages: Sequence[Message]) -> None:
    producer = Producer(bootstrap, "test")
    await producer.start()
    await producer.publish(messages)
    await producer.stop()


def records(bootstrap: str, topic: str) -> list[Record]:
    """All that is on the topic now, each partition in its order."""
    return asyncio.run(_read(bootstrap, topic))


async def _read(bootstrap: str, topic: str) -> list[Record]:
    found: list[Record] = []
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        ends = await consumer.end_offsets(partitions)
        while sum(ends.values()) > len(found):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += batch
    return found
