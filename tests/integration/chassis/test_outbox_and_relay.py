"""What was said in a transaction goes out after it: at once, or by the relay, and always the same bytes."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import bson
import pytest

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import COLLECTION, MAX_DOCUMENT_BYTES, Outbox, Unit
from chassis.messaging.reading import Record
from chassis.messaging.relay import Relay
from contracts.envelope import Message
from tests.parts.patience import soon
from tests.parts.topics import make_topics
from tests.parts.wire import read_soon


@pytest.fixture
def topic(kafka: str) -> str:
    name = f"outbox-{uuid4().hex[:8]}"
    make_topics(kafka, name)
    return name


def silent() -> Producer:
    """A producer that was never connected: it refuses to publish, as when no broker answers."""
    return Producer("127.0.0.1:1", "test")


def said(topic: str, number: int, size: int = 10) -> Message:
    headers = [("ce_id", f"thing:{number}".encode()), ("x-null", None)]
    return Message(topic, b"one", b"%06d" % number + b"." * size, headers)


async def say(outbox: Outbox, *messages: Message, confirm: bool = False) -> None:
    async def work(unit: Unit) -> None:
        unit.messages.extend(messages)

    await outbox.transact(work, confirm=confirm)


async def rows(mongo: Mongo) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await mongo.collection(COLLECTION).find({}).sort("_id", 1).to_list(None)
    return found


def number_of(record: Record) -> int:
    return int((record.value or b"")[:6])


async def test_with_confirmation_the_events_are_out_and_the_outbox_is_empty(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    await say(Outbox(mongo, producer, "/test"), said(topic, 1), said(topic, 2), confirm=True)
    assert await rows(mongo) == []
    [first, second] = await read_soon(kafka, topic, lambda records: len(records) == 2)
    assert (number_of(first), number_of(second)) == (1, 2)
    assert list(first.headers) == [("ce_id", b"thing:1"), ("x-null", None)]


async def test_what_fails_says_nothing(mongo: Mongo, producer: Producer, topic: str) -> None:
    outbox = Outbox(mongo, producer, "/test")

    async def work(unit: Unit) -> None:
        unit.messages.append(said(topic, 1))
        await mongo.collection(COLLECTION).insert_one({"_id": "marker"}, session=unit.session)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await outbox.transact(work, confirm=True)
    assert await rows(mongo) == []


async def test_much_is_split_into_documents_of_four_megabytes_in_order(mongo: Mongo, topic: str) -> None:
    """Nine of 1 MB are three documents; one of 5 MB is a document by itself."""
    sizes = [1_000_000] * 9 + [5_000_000] + [100]
    await say(Outbox(mongo, silent(), "/test"), *(said(topic, n, size) for n, size in enumerate(sizes)), confirm=True)
    stored = await rows(mongo)
    assert [len(row["messages"]) for row in stored] == [4, 4, 1, 1, 1]
    assert [int(m[2][:6]) for row in stored for m in row["messages"]] == list(range(11))
    assert all(len(bson.encode(row)) <= MAX_DOCUMENT_BYTES for row in stored if len(row["messages"]) > 1)


async def test_the_relay_publishes_what_was_left_before_it_does_anything_else(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    left = Outbox(mongo, silent(), "/test")
    for start in range(0, 50, 2):
        await say(left, said(topic, start), said(topic, start + 1), confirm=True)
    assert len(await rows(mongo)) == 25
    relay = Relay(mongo, Outbox(mongo, producer, "/test"))
    await relay.start()
    assert await rows(mongo) == []
    await relay.stop()
    records = await read_soon(kafka, topic, lambda records: len(records) == 50)
    assert [number_of(record) for record in records] == list(range(50))


async def test_two_relays_at_once_publish_the_same_bytes(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    left = Outbox(mongo, silent(), "/test")
    for number in range(30):
        await say(left, said(topic, number), confirm=True)
    relays = [Relay(mongo, Outbox(mongo, producer, "/test")) for _ in range(2)]
    await asyncio.gather(*(relay.start() for relay in relays))
    await asyncio.gather(*(relay.stop() for relay in relays))
    assert await rows(mongo) == []
    await producer.publish([said(topic, 999)])
    records = await read_soon(kafka, topic, lambda records: number_of(records[-1]) == 999)
    copies: dict[int, set[tuple[object, ...]]] = {}
    for record in records[:-1]:
        copies.setdefault(number_of(record), set()).add((record.key, record.value, tuple(record.headers)))
    assert sorted(copies) == list(range(30))
    assert all(len(versions) == 1 for versions in copies.values())


async def test_a_command_does_not_wait_for_the_broker_and_its_relay_publishes_at_once(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    outbox = Outbox(mongo, producer, "/test")
    relay = Relay(mongo, outbox, grace=timedelta(hours=1))
    await relay.start()
    for number in range(5):
        await say(outbox, said(topic, number))
    records = await read_soon(kafka, topic, lambda records: len(records) == 5)
    assert [number_of(record) for record in records] == list(range(5))
    await soon(lambda: rows(mongo), lambda left: left == [])
    await relay.stop()


async def test_the_sweep_publishes_what_another_process_left(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    relay = Relay(mongo, Outbox(mongo, producer, "/test"), grace=timedelta(0))
    await relay.start()
    await say(Outbox(mongo, silent(), "/test"), said(topic, 7), confirm=True)
    await soon(lambda: rows(mongo), lambda left: left == [])
    await relay.stop()
    assert [number_of(r) for r in await read_soon(kafka, topic, lambda records: True)] == [7]


async def test_a_relay_whose_broker_does_not_answer_leaves_everything_in_its_place(mongo: Mongo, topic: str) -> None:
    outbox = Outbox(mongo, silent(), "/test")
    await say(outbox, said(topic, 1), confirm=True)
    before = await rows(mongo)
    relay = Relay(mongo, outbox, grace=timedelta(0))
    await relay.start()
    await relay.stop()
    assert await rows(mongo) == before


async def test_for_a_forgetful_broker_acknowledged_events_stay_and_the_next_start_says_them_again(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    killed = Outbox(mongo, producer, "/test", keep_s=3600)
    for number in range(25):
        await say(killed, said(topic, number), confirm=True)
    await killed.forget_kept()
    assert len(await rows(mongo)) == 25
    outbox = Outbox(mongo, producer, "/test", keep_s=0.01)
    relay = Relay(mongo, outbox)
    await relay.start()
    await soon(lambda: rows(mongo), lambda left: not left)
    await soon(lambda: asyncio.sleep(0, outbox.in_hand), lambda in_hand: in_hand == set())
    await relay.stop()
    records = await read_soon(kafka, topic, lambda records: len(records) == 50)
    assert [number_of(record) for record in records] == [*range(25), *range(25)]
    assert records[0].value == records[25].value
