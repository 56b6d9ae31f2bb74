"""Kafka as the services write to it: a producer that loses nothing."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import BrokerResponseError, KafkaConnectionError, MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.protocol.admin import DescribeConfigsRequest

from chassis.messaging.cluster import Cluster, as_cluster
from chassis.messaging.connecting import connect
from chassis.telemetry import EVENTS_PUBLISHED
from contracts.envelope import Message
from contracts.topics import ALL_TOPIC_NAMES, max_record_bytes

MAX_REQUEST_BYTES = max(map(max_record_bytes, ALL_TOPIC_NAMES))
"""What the topic with the largest records takes."""
MAX_BATCH_BYTES = 512 * 1024
TOPIC_RESOURCE, LIMIT = 2, "max.message.bytes"
_KNOWN_KEYS = 100_000


class Producer:
    """Publishes in order with acks=all and idempotence, pipelined.

    FastStream's own publisher awaits each message, or drops the keys.
    """

    def __init__(self, cluster: Cluster | str, client_id: str) -> None:
        self._cluster = cluster
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._order = asyncio.Lock()
        self._partition = DefaultPartitioner()
        self._places: dict[tuple[str, bytes | None], TopicPartition] = {}

    async def start(self) -> None:
        """Raises KafkaConnectionError when no broker answers, or lets us in; may be called again then."""
        self._producer = await self._connected()

    async def _connected(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **as_cluster(self._cluster).options(),
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
        )
        try:
            await connect(producer)
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _renew(self, failed: AIOKafkaProducer) -> None:
        """With a new producer id.

        After a batch that the broker refused, aiokafka counts on, and the broker refuses all that follows on that
        partition as out of order: https://github.com/aio-libs/aiokafka/issues/1017
        """
        async with self._order:
            is_current = self._producer is failed
            if is_current:
                self._producer = await self._connected()
                await failed.stop()

    async def ping(self) -> None:
        """Raises KafkaError when no broker answers."""
        await self.client.fetch_all_metadata()

    async def record_limits(self, topics: Sequence[str]) -> dict[str, int]:
        """`max.message.bytes` of those of the topics that are there and may be described. Raises KafkaError."""
        client = self.client
        asked = DescribeConfigsRequest([(TOPIC_RESOURCE, name, [LIMIT]) for name in topics])
        answer = await client.send(client.get_random_node(), asked)
        found = {name: entries for code, _, _, name, entries in answer.resources if not code}
        return {name: int(entry[1]) for name, entries in found.items() for entry in entries if entry[0] == LIMIT}

    @property
    def client(self) -> AIOKafkaClient:
        """For what has no method here. Raises KafkaConnectionError before the start."""
        return self._started().client

    async def stop(self) -> None:
        """Waits for what is on its way."""
        if self._producer is not None:
            await self._producer.stop()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Sends in order and waits for every acknowledgement.

        Raises KafkaError; some may have arrived then. MessageSizeTooLargeError says that none of them left.
        """
        producer = self._started()
        async with self._order:
            await self._learn_places(producer, messages)
            batches = list(self._batches(producer, messages))
            sent = [
                await producer.send_batch(batch, place.topic, partition=place.partition) for place, batch in batches
            ]
        failures = [answer for answer in await asyncio.gather(*sent, return_exceptions=True) if _failed(answer)]
        if any(isinstance(failure, BrokerResponseError) for failure in failures):
            await self._renew(producer)
        for failure in failures:
            raise failure
        for topic, count in Counter(m.topic for m in messages).items():
            EVENTS_PUBLISHED.labels(topic).inc(count)

    def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise KafkaConnectionError("not connected yet")
        return self._producer

    async def _learn_places(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
        """Kafka's murmur2 in pure Python costs more than all the rest of a send, and keys come again and again."""
        if len(self._places) > _KNOWN_KEYS:
            self._places.clear()
        for topic, key in {(m.topic, m.key) for m in messages} - self._places.keys():
            partitions = sorted(await producer.partitions_for(topic))
            self._places[topic, key] = TopicPartition(topic, self._partition(key, partitions, partitions))

    def _batches(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> Iterator[tuple[TopicPartition, Any]]:
        """The messages by partition, in order: a batch has one future, where `send` makes one for each message."""
        filling: dict[TopicPartition, Any] = {}
        for message in messages:
            place = self._places[message.topic, message.key]
            if place not in filling:
                filling[place] = producer.create_batch()
            if not _append(filling[place], message):
                yield place, filling[place]
                filling[place] = producer.create_batch()
                _append(filling[place], message)
            if filling[place].record_count() == 1 and filling[place].size() > max_record_bytes(message.topic):
                raise MessageSizeTooLargeError(f"{filling[place].size()} bytes for {message.topic}")
        yield from filling.items()


def _failed(answer: object) -> TypeGuard[BaseException]:
    return isinstance(answer, BaseException)


def _append(batch: Any, message: Message) -> bool:
    """False when the batch is full. An empty batch takes any record."""
    headers = list(message.headers)
    appended = batch.append(timestamp=None, key=message.key, value=message.value, headers=headers)
    return appended is not None
