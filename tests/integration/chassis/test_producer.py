"""Records go to the partitions where Kafka's own clients put them, in order, however many and however large."""

from collections import defaultdict
from uuid import uuid4

import pytest
from aiokafka.errors import KafkaConnectionError

from chassis.messaging.broker import MAX_BATCH_BYTES, Producer
from contracts.envelope import Message
from contracts.topics import MAX_RECORD_BYTES
from tests.parts.topics import PARTITIONS, make_topics
from tests.parts.wire import read_soon

# Apache Kafka's own vectors: UtilsTest.testMurmur2.
MURMUR2 = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.fixture
def topic(kafka: str) -> str:
    name = f"producer-{uuid4().hex[:8]}"
    make_topics(kafka, name)
    return name


async def test_a_key_goes_where_the_java_client_puts_it(producer: Producer, kafka: str, topic: str) -> None:
    for _ in range(2):
        await producer.publish([Message(topic, key, b"", []) for key in MURMUR2])
    records = await read_soon(kafka, topic, lambda records: len(records) == 12)
    places = {record.key: record.partition for record in records}
    assert places == {key: (hash_ & 0x7FFFFFFF) % PARTITIONS for key, hash_ in MURMUR2.items()}


async def test_records_of_a_key_keep_their_order_through_many_batches(
    producer: Producer, kafka: str, topic: str
) -> None:
    """Sixty of 50 kB are six batches and more."""
    padding = b"." * 50_000
    sent = [Message(topic, b"key-%d" % (n % 3), b"%03d" % n + padding, [("n", b"%d" % n)]) for n in range(60)]
    assert len(sent) * len(padding) > 5 * MAX_BATCH_BYTES
    await producer.publish(sent)
    records = await read_soon(kafka, topic, lambda records: len(records) == 60)
    by_key: dict[bytes | None, list[int]] = defaultdict(list)
    for record in records:
        by_key[record.key].append(int((record.value or b"")[:3]))
        assert dict(record.headers) == {"n": b"%d" % int((record.value or b"")[:3])}
    assert by_key == {b"key-%d" % k: list(range(k, 60, 3)) for k in range(3)}


async def test_the_largest_record_a_topic_takes_is_published(producer: Producer, kafka: str, topic: str) -> None:
    large = Message(topic, b"k", b"." * (MAX_RECORD_BYTES - 1_000), [])
    await producer.publish([Message(topic, b"k", b"small", []), large])
    [_, record] = await read_soon(kafka, topic, lambda records: len(records) == 2)
    assert record.value == large.value


async def test_without_key_value_or_headers_a_record_is_what_it_is(producer: Producer, kafka: str, topic: str) -> None:
    await producer.publish([Message(topic, None, None, [("x", None), ("x", b"\xff")])])
    [record] = await read_soon(kafka, topic, lambda records: True)
    assert (record.key, record.value, list(record.headers)) == (None, None, [("x", None), ("x", b"\xff")])


async def test_who_was_never_connected_says_so() -> None:
    producer = Producer("127.0.0.1:1", "test")
    with pytest.raises(KafkaConnectionError):
        await producer.publish([Message("t", None, b"", [])])
    with pytest.raises(KafkaConnectionError):
        await producer.ping()
    with pytest.raises(KafkaConnectionError):
        await producer.start()
    await producer.stop()
