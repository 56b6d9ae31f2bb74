"""An event that the broker does not take holds up no other, and is said; limits are looked at before the start."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

import chassis.messaging.outbox as outboxes
from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import COLLECTION, Outbox, Unit
from chassis.messaging.relay import Relay
from chassis.messaging.size import EventTooLarge
from chassis.messaging.topic_limits import TopicTooSmall, check_topic_limits
from chassis.telemetry import OUTBOX_STALLED
from contracts.clinical import SessionVoided
from contracts.envelope import Message
from contracts.topics import MAX_RECORD_BYTES, MAX_VALUE_BYTES, TOPICS, max_record_bytes
from tests.parts.patience import soon
from tests.parts.topics import make_topics
from tests.parts.wire import read_soon


async def made(kafka: str, name: str, limit: int) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs={"max.message.bytes": str(limit)})])
    await admin.close()
    return name


@pytest.fixture
def topic(kafka: str) -> str:
    name = f"refused-{uuid4().hex[:8]}"
    make_topics(kafka, name)
    return name


def said(topic: str, key: str, size: int = 10) -> Message:
    return Message(topic, key.encode(), b"." * size, [("ce_id", key.encode())])


async def say(outbox: Outbox, *messages: Message, confirm: bool = True) -> None:
    async def work(unit: Unit) -> None:
        unit.messages.extend(messages)

    await outbox.transact(work, confirm=confirm)


async def rows(mongo: Mongo) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await mongo.collection(COLLECTION).find({}).sort("_id", 1).to_list(None)
    return found


async def test_an_event_that_no_topic_takes_stays_alone_and_the_others_go_out(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    outbox = Outbox(mongo, producer, "/test")
    too_large = said(topic, "large", MAX_RECORD_BYTES + 1)
    await say(outbox, said(topic, "before"), too_large, said(topic, "behind"))
    await say(outbox, said(topic, "later"))
    records = await read_soon(kafka, topic, lambda records: len(records) == 3)
    assert {record.key for record in records} == {b"before", b"behind", b"later"}
    [row] = await rows(mongo)
    assert [packed[1] for packed in row["messages"]] == [b"large"]


async def test_what_a_topic_with_a_smaller_limit_refuses_holds_up_nothing_either(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    """And what follows on the same partition is not out of order for the broker; what went out may do so again."""
    small = await made(kafka, f"small-{uuid4().hex[:8]}", 10_000)
    outbox = Outbox(mongo, producer, "/test")
    await say(outbox, said(small, "large", 100_000), said(topic, "one"))
    await say(outbox, said(topic, "two"), said(small, "fits"))
    await read_soon(kafka, topic, lambda records: {record.key for record in records} == {b"one", b"two"})
    assert [r.key for r in await read_soon(kafka, small, lambda records: True)] == [b"fits"]
    [row] = await rows(mongo)
    assert [packed[1] for packed in row["messages"]] == [b"large"]


async def test_many_refused_rows_do_not_fill_the_page_of_the_relay(
    mongo: Mongo, producer: Producer, kafka: str, topic: str
) -> None:
    left = Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test")
    for number in range(25):
        await say(left, said(topic, f"large-{number}", MAX_RECORD_BYTES + 1))
    await say(left, said(topic, "last"))
    relay = Relay(mongo, Outbox(mongo, producer, "/test"))
    await relay.start()
    assert [r.key for r in await read_soon(kafka, topic, lambda records: True)] == [b"last"]
    await relay.stop()
    assert len(await rows(mongo)) == 25


async def test_it_goes_out_once_it_is_taken(
    mongo: Mongo, producer: Producer, kafka: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "REFUSED_AGAIN_AFTER", timedelta(0))
    await say(Outbox(mongo, producer, "/test"), said(topic, "large", MAX_RECORD_BYTES + 1))
    [row] = await rows(mongo)
    row["messages"][0][2] = b"not so large"
    await mongo.collection(COLLECTION).replace_one({"_id": row["_id"]}, row)
    relay = Relay(mongo, Outbox(mongo, producer, "/test"), grace=timedelta(0))
    await relay.start()
    assert [r.value for r in await read_soon(kafka, topic, lambda records: True)] == [b"not so large"]
    await relay.stop()
    assert await rows(mongo) == []


async def test_an_outbox_that_does_not_drain_is_said(mongo: Mongo, producer: Producer, topic: str) -> None:
    outbox = Outbox(mongo, producer, "/test")
    relay = Relay(mongo, outbox, stalled_after_s=0.5)
    await relay.start()
    assert relay.stalled == {}
    await say(outbox, said(topic, "large", MAX_RECORD_BYTES + 1))

    async def stalled() -> dict[str, str]:
        return relay.stalled

    assert "does not drain" in (await soon(stalled))["outbox"]
    assert next(iter(OUTBOX_STALLED.collect())).samples[0].value == 1
    await mongo.collection(COLLECTION).delete_many({})
    await soon(stalled, lambda found: found == {})
    await relay.stop()


async def test_an_event_that_nobody_would_read_is_refused_before_it_is_said(mongo: Mongo, producer: Producer) -> None:
    event = SessionVoided.model_construct(
        session_id="ses-1", clinic_id="clinic-berlin", version=1, patient_id="pat-77", reason="x" * MAX_VALUE_BYTES
    )

    async def work(unit: Unit) -> None:
        unit.say(event)

    with pytest.raises(EventTooLarge, match="ses-1 would have") as refused:
        await Outbox(mongo, producer, "/test").transact(work)
    assert (refused.value.code, refused.value.status, refused.value.field) == ("event-too-large", 422, "/reason")
    assert await rows(mongo) == []


async def test_a_topic_that_is_too_small_is_named_before_the_service_starts(fresh_kafka: str) -> None:
    producer = Producer(fresh_kafka, "test")
    await producer.start()
    try:
        for service in {topic.owner for topic in TOPICS}:
            await check_topic_limits(service, producer)
        names = ["payments.payments", "payments.dead-letter"]
        assert await producer.record_limits([*names, "never-made"]) == {n: max_record_bytes(n) for n in names}
        admin = AIOKafkaAdminClient(bootstrap_servers=fresh_kafka)
        await admin.start()
        await admin.delete_topics(names[:1])
        await soon(lambda: producer.record_limits(names), lambda limits: len(limits) == 1)
        await admin.close()
        await made(fresh_kafka, names[0], 1_000_000)
        await soon(lambda: producer.record_limits(names), lambda limits: len(limits) == 2)
        with pytest.raises(TopicTooSmall, match="takes records of 1000000 bytes"):
            await check_topic_limits("payments", producer)
    finally:
        await producer.stop()
