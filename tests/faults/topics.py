"""The topics as a fault test sees them: everything that was ever written, and how far each consumer group is."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.messaging.broker import MAX_REQUEST_BYTES, Producer
from chassis.messaging.reading import REPLAY
from contracts.envelope import Message
from contracts.topics import ALL_TOPIC_NAMES, HEARS
from dev.run_async import run_async
from tests.faults.sessions import POISON

Place = tuple[str, int, int]
"""(topic, partition, offset)"""


@dataclass(frozen=True)
class Written:
    """A record as it lies on its topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @property
    def place(self) -> Place:
        return self.topic, self.partition, self.offset

    @cached_property
    def named(self) -> dict[str, bytes | None]:
        """The headers by name."""
        return dict(self.headers)

    def header(self, name: str) -> str:
        """A header as text, "" when it is missing or null."""
        return (self.named.get(name) or b"").decode(errors="replace")

    @property
    def poison(self) -> str:
        """Its kind of poison; "" when it is none."""
        return self.header(POISON)

    @property
    def discarded(self) -> bool:
        """Whether it only says that a person dropped a dead letter."""
        return self.named.get(REPLAY) == b"discard"

    @property
    def message(self) -> Message:
        """The same once more."""
        return Message(self.topic, self.key, self.value, self.headers)


class Topics:
    """All topics of the registry on one broker; what was read once is kept."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.written: list[Written] = []
        self._known: list[TopicPartition] = []
        self._next: dict[tuple[str, int], int] = {}

    def catch_up(self) -> Sequence[Written]:
        """Everything that was written until now."""
        run_async(self._catch_up())
        return self.written

    def of(self, topic: str) -> list[Written]:
        """What is known of one topic, in the order of each partition."""
        return [record for record in self.written if record.topic == topic]

    def publish(self, messages: Iterable[Message]) -> None:
        """Puts them on their topics, in order, and waits for the acknowledgements."""
        run_async(_publish(self.bootstrap, list(messages)))

    def ends(self) -> dict[tuple[str, int], int]:
        """Where the next record goes, by topic and partition."""
        return run_async(self._ends())

    def lags(self) -> dict[str, int]:
        """Records that a consumer group has not committed yet, by group; only those that lag."""
        return run_async(self._lags())

    async def _catch_up(self) -> None:
        async with self._consumer() as consumer:
            ends = await consumer.end_offsets(await self._partitions())
            consumer.assign(list(ends))
            for partition in ends:
                consumer.seek(partition, self._next.get((partition.topic, partition.partition), 0))
            left = {p for p, end in ends.items() if await consumer.position(p) < end}
            while left:
                for partition, records in (await consumer.getmany(*left, timeout_ms=500)).items():
                    self.written += [
                        Written(r.topic, r.partition, r.offset, r.key, r.value, tuple(r.headers)) for r in records
                    ]
                    self._next[partition.topic, partition.partition] = await consumer.position(partition)
                left = {p for p in left if await consumer.position(p) < ends[p]}

    async def _ends(self) -> dict[tuple[str, int], int]:
        async with self._consumer() as consumer:
            ends = await consumer.end_offsets(await self._partitions())
            return {(p.topic, p.partition): end for p, end in ends.items()}

    async def _lags(self) -> dict[str, int]:
        async with self._consumer() as consumer:
            ends = await consumer.end_offsets(await self._partitions())
        lags = {}
        async with self._admin() as admin:
            for service, topics in HEARS.items():
                for topic in topics:
                    group = f"{service}.{topic.name}"
                    committed = await admin.list_consumer_group_offsets(group)
                    lag = _lag({p: end for p, end in ends.items() if p.topic == topic.name}, committed)
                    if lag:
                        lags[group] = lag
        return lags

    async def _partitions(self) -> list[TopicPartition]:
        if not self._known:
            async with self._admin() as admin:
                described = await admin.describe_topics(list(ALL_TOPIC_NAMES))
            self._known = [
                TopicPartition(topic["topic"], p["partition"]) for topic in described for p in topic["partitions"]
            ]
        return self._known

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_REQUEST_BYTES,
        )


async def _publish(bootstrap: str, messages: Sequence[Message]) -> None:
    producer = Producer(bootstrap, "clinical-system")
    await producer.start()
    try:
        await producer.publish(messages)
    finally:
        await producer.stop()


def _lag(ends: Mapping[TopicPartition, int], committed: Mapping[TopicPartition, object]) -> int:
    return sum(max(end - max(getattr(committed.get(p), "offset", 0), 0), 0) for p, end in ends.items())
