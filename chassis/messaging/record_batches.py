"""Kafka's record batches, read so that a record that is malformed costs none of its neighbours.

https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.structs import ConsumerRecord, TopicPartition

from chassis.messaging.reading import Record, Unreadable

HEADER = struct.Struct(">qiibIhiqqqhii")
LENGTH_ENDS_AT = 12
MAGIC_AT = 16
MAGIC = 2
LOG_APPEND_TIME, CONTROL = 0x08, 0x20
CODECS: dict[int, Callable[[bytes], bytes]] = {1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}
CODEC_MASK = 0x07
MAX_VARINT_BITS = 63


@dataclass(frozen=True, slots=True)
class _Batch:
    place: TopicPartition
    first: int
    after: int
    attributes: int
    first_timestamp: int
    max_timestamp: int
    body: bytes


def records_in(place: TopicPartition, fetched: bytes, start: int, end: int) -> Iterator[Record]:
    """The records from an offset on and before another, as far as there are whole batches of them."""
    for batch in _batches(place, fetched, start):
        for record in _unpacked(batch, min(batch.after, end)):
            if start <= record.offset < end:
                yield record


def offset_after(place: TopicPartition, fetched: bytes, start: int, end: int) -> int:
    """Where the next fetch begins, also after batches that hold no records of anybody."""
    return max([start, *(min(batch.after, end) for batch in _batches(place, fetched, start))])


def _batches(place: TopicPartition, fetched: bytes, start: int) -> Iterator[_Batch]:
    at = 0
    while at + HEADER.size <= len(fetched):
        first, length = struct.unpack_from(">qi", fetched, at)
        end = at + LENGTH_ENDS_AT + length
        if length < HEADER.size - LENGTH_ENDS_AT or end > len(fetched):
            return
        if fetched[at + MAGIC_AT] == MAGIC:
            _, _, _, _, _, attributes, delta, first_at, max_at, *_ = HEADER.unpack_from(fetched, at)
            after = first + max(delta, 0) + 1
            if after > start:
                body = fetched[at + HEADER.size : end]
                yield _Batch(place, first, after, attributes, first_at, max_at, body)
        elif first >= start:
            # Of the formats before Kafka 0.11, which no broker that we know takes: one letter tells.
            yield _Batch(place, first, first + 1, CODEC_MASK, 0, 0, b"")
        at = end


def _unpacked(batch: _Batch, end: int) -> Iterator[Record]:
    """One record for each offset of the batch that holds one; also where nothing can be made out of it."""
    if batch.attributes & CONTROL:
        return
    codec = batch.attributes & CODEC_MASK
    try:
        body = CODECS[codec](batch.body) if codec else batch.body
    except Exception as error:
        yield from _lost(batch, batch.first, end, "batch-unreadable", f"compression {codec}: {type(error).__name__}")
        return
    at, offset = 0, batch.first
    while at < len(body):
        try:
            length, at = _varint(body, at)
            if not 0 < length <= len(body) - at:
                raise ValueError("longer than its batch")
        except (ValueError, IndexError):
            yield from _lost(batch, offset, end, "record-malformed", "the records behind it cannot be told apart")
            return
        record = _Record(batch, offset, body[at : at + length]).read()
        yield record
        at, offset = at + length, record.offset + 1


def _lost(batch: _Batch, first: int, end: int, code: str, message: str) -> Iterator[Unreadable]:
    for offset in range(first, end):
        yield Unreadable(batch.place.topic, batch.place.partition, offset, code, message)


class _Record:
    """One record under way: what was made out of it before something was wrong is kept."""

    def __init__(self, batch: _Batch, offset: int, body: bytes) -> None:
        self._batch = batch
        self._offset = offset
        self._body = body
        self._at = 0
        self._timestamp = 0
        self._key: bytes | None = None
        self._value: bytes | None = None
        self._headers: list[tuple[str, bytes | None]] = []
        self._fault: tuple[str, str] | None = None

    def read(self) -> Record:
        try:
            self._parse()
        except (ValueError, IndexError) as error:
            self._fault = ("record-malformed", f"{type(error).__name__} at byte {self._at} of the record")
        batch, headers = self._batch, tuple(self._headers)
        topic, partition = batch.place
        if self._fault is not None:
            code, message = self._fault
            return Unreadable(topic, partition, self._offset, code, message, self._key, self._value, headers)
        record: Record = ConsumerRecord(
            topic,
            partition,
            self._offset,
            self._timestamp,
            int(bool(batch.attributes & LOG_APPEND_TIME)),
            self._key,
            self._value,
            None,
            -1 if self._key is None else len(self._key),
            -1 if self._value is None else len(self._value),
            headers,
        )
        return record

    def _parse(self) -> None:
        self._at = 1  # of its attributes none is used
        delta = self._number()
        batch = self._batch
        self._timestamp = batch.max_timestamp if batch.attributes & LOG_APPEND_TIME else batch.first_timestamp + delta
        offset = batch.first + self._number()
        if not self._offset <= offset < batch.after:
            raise ValueError("an offset of another batch")
        self._offset = offset
        self._key = self._bytes()
        self._value = self._bytes()
        for _ in range(self._count()):
            self._headers.append((self._name(), self._bytes()))
        if self._at != len(self._body):
            raise ValueError("longer than it says")

    def _number(self) -> int:
        number, self._at = _varint(self._body, self._at)
        return number

    def _count(self) -> int:
        count = self._number()
        if not 0 <= count <= len(self._body):
            raise ValueError("a number of headers that cannot be")
        return count

    def _bytes(self) -> bytes | None:
        length = self._number()
        if length < 0:
            return None
        end = self._at + length
        if end > len(self._body):
            raise IndexError("longer than the record")
        found, self._at = self._body[self._at : end], end
        return found

    def _name(self) -> str:
        name = self._bytes()
        if name is None:
            raise ValueError("a header without a name")
        try:
            return name.decode()
        except UnicodeDecodeError:
            self._fault = ("header-name-not-utf-8", f"the name of header {len(self._headers) + 1} is not UTF-8")
            return name.decode(errors="backslashreplace")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A zigzag number of variable length, and where it ends. Raises ValueError and IndexError."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at
        shift += 7
        if shift > MAX_VARINT_BITS:
            raise ValueError("a number of more than 64 bits")
