"""A consumer that a malformed record does not stop: where aiokafka raises, it reads the partition's bytes itself.

aiokafka decodes the names of headers, checks and unpacks batches while it hands records over. What raises there raises
again at every attempt, the position stands still, and records of other partitions that the same call had taken are
lost with it.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    KafkaError,
    LeaderNotAvailableError,
    RecordTooLargeError,
    UnsupportedCodecError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest

from chassis.logger import Logger
from chassis.messaging.reading import Record
from chassis.messaging.record_batches import offset_after, records_in
from contracts.topics import MAX_RECORD_BYTES

log = Logger(__name__)
OF_A_RECORD = (CorruptRecordException, UnsupportedCodecError, RecordTooLargeError)
WAIT_MS = 0
MAX_BYTES = 2 * MAX_RECORD_BYTES
AT_ONCE = 500
READ_UNCOMMITTED = 0


LONG_POLL_MS = 5_000
"""Of a wait for records, which nothing but a record, an error or the end of the consumer has to end."""


class TolerantConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """As aiokafka's, but `getmany` gives an `Unreadable` for a record that cannot be read, and goes on behind it.

    It returns when there is something: FastStream, which asks each `batch_timeout_ms`, rests as long after each answer
    that is empty, and wakes ten times a second for nothing.
    """

    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **{"consumer_timeout_ms": LONG_POLL_MS, **options})
        self._next: dict[TopicPartition, int] = {}

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Any]]:
        """What there is by now, or with a `timeout_ms`, of whatever length, what comes.

        Raises KafkaError and ConsumerStoppedError.
        """
        wait_ms = LONG_POLL_MS if timeout_ms else 0
        found: dict[TopicPartition, list[Any]] = {}
        try:
            while not found:
                found = await super().getmany(*partitions, timeout_ms=wait_ms, max_records=max_records)
                if not wait_ms:
                    break
        except Exception as error:
            if isinstance(error, KafkaError | ConsumerStoppedError) and not isinstance(error, OF_A_RECORD):
                raise
            places = set(partitions or self.assignment()) - self.paused()
            log.warning("read-by-hand", topics=sorted({p.topic for p in places}), error=type(error).__name__)
            return await self._read_by_hand(places, max_records or AT_ONCE)
        for place, records in found.items():
            self._next[place] = records[-1].offset + 1
        return found

    def seek(self, partition: TopicPartition, offset: int) -> None:
        super().seek(partition, offset)
        self._next[partition] = offset

    async def _read_by_hand(self, places: Iterable[TopicPartition], most: int) -> dict[TopicPartition, list[Any]]:
        """From where the last call ended, on every partition: this one may have taken records that it lost."""
        starts = {place: await self._start(place) for place in sorted(places)}
        for place, start in starts.items():
            self.seek(place, start)
        found: dict[TopicPartition, list[Any]] = {}
        for place, start in starts.items():
            try:
                records, after = await self._fetched(place, start, most)
            except KafkaError as error:
                log.warning("not-read-by-hand", topic=place.topic, partition=place.partition, error=str(error))
                continue
            if records:
                found[place] = records
            self.seek(place, after)
            most -= len(records)
            if most <= 0:
                break
        return found

    async def _start(self, place: TopicPartition) -> int:
        assigned = self.assignment()
        self._next = {known: offset for known, offset in self._next.items() if known in assigned}
        if place in self._next:
            return self._next[place]
        committed = await self.committed(place) if self._group_id is not None else await self.position(place)
        if committed is not None:
            return int(committed)
        beginnings: dict[TopicPartition, int] = await self.beginning_offsets([place])
        return beginnings[place]

    async def _fetched(self, place: TopicPartition, start: int, most: int) -> tuple[list[Record], int]:
        """So many records from an offset on, and where to go on.

        Raises KafkaError, also OffsetOutOfRangeError where records are gone: aiokafka begins anew there by itself.
        """
        node = self._client.cluster.leader_for_partition(place)
        if node is None or node < 0:
            raise LeaderNotAvailableError(place)
        wanted = [(place.topic, [(place.partition, start, MAX_BYTES)])]
        answer = await self._client.send(node, FetchRequest(WAIT_MS, 0, MAX_BYTES, READ_UNCOMMITTED, wanted))
        [(_, [(_, code, end, *rest)])] = answer.topics
        if code:
            raise for_code(code)(place)
        fetched = bytes(rest[-1] or b"")
        records = list(islice(records_in(place, fetched, start, end), most))
        return records, records[-1].offset + 1 if len(records) == most else offset_after(place, fetched, start, end)
