"""Kafka as the services use it: a producer that loses nothing, and FastStream's broker for the consumers."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError
from aiokafka.partitioner import DefaultPartitioner
from faststream.kafka import KafkaBroker

from chassis.telemetry import EVENTS_PUBLISHED
from contracts.envelope import Message
from contracts.topics import MAX_RECORD_BYTES

MAX_REQUEST_BYTES = 2 * MAX_RECORD_BYTES
_KNOWN_KEYS = 100_000


class _RememberedPartitioner:
    """Kafka's murmur2 in pure Python costs more than the rest of a send, and keys come again and again."""

    def __init__(self) -> None:
        self._default = DefaultPartitioner()
        self._known: dict[tuple[bytes, int], int] = {}

    def __call__(self, key: bytes | None, all_partitions: list[int], available: list[int]) -> int:
        if key is None:
            return int(self._default(key, all_partitions, available))
        place = (key, len(all_partitions))
        partition = self._known.get(place)
        if partition is None:
            if len(self._known) >= _KNOWN_KEYS:
                self._known.clear()
            partition = self._known[place] = int(self._default(key, all_partitions, available))
        return partition


class Producer:
    """Publishes in order with acks=all and idempotence, pipelined.

    FastStream's own publisher awaits each message, or drops the keys.
    """

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._order = asyncio.Lock()

    async def start(self) -> None:
        """Raises KafkaConnectionError when no broker answers; may be called again then."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            max_request_size=MAX_REQUEST_BYTES,
            partitioner=_RememberedPartitioner(),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def ping(self) -> None:
        """Raises KafkaError when no broker answers."""
        if self._producer is None:
            raise KafkaConnectionError("not connected yet")
        await self._producer.client.fetch_all_metadata()

    async def stop(self) -> None:
        """Waits for what is on its way."""
        if self._producer is not None:
            await self._producer.stop()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Sends in order and waits for every acknowledgement. Raises KafkaError; some may have arrived then."""
        if self._producer is None:
            raise KafkaConnectionError("not connected yet")
        async with self._order:
            sent = [await self._producer.send(m.topic, m.value, key=m.key, headers=m.headers) for m in messages]
        await asyncio.gather(*sent)
        for topic, count in Counter(m.topic for m in messages).items():
            EVENTS_PUBLISHED.labels(topic).inc(count)


def consuming_broker(bootstrap: str, client_id: str) -> KafkaBroker:
    """A FastStream broker for subscribers only, without casting or dependency injection."""
    return KafkaBroker(
        bootstrap, client_id=client_id, apply_types=False, allow_auto_create_topics=False, logger=None,
        graceful_timeout=15.0,
    )  # fmt: skip
