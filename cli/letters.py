"""Dead letters as a person sees them: what waits, what was replayed, and how it goes back.

What was done with a letter is written behind it in the same topic, as records with an empty value:

    chairside-letter: 0:17      chairside-letter-state: replaying | replayed | discarding | discarded

First `replaying`, then the record goes to its topic, then `replayed`. A crash in between leaves a letter `uncertain`:
the next replay looks whether the record has arrived, by its header `chairside-replay-of`, before it sends it again. A
letter that came back twice would be counted twice among those that its aggregate waits for. A record that is rejected
again is a new letter.

Offsets of a consumer group cannot tell this: letters go back in any order, and an idle group's offsets expire.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.messaging.cluster import Cluster, as_cluster
from chassis.messaging.connecting import connect
from chassis.messaging.dead_letters import CUT, ERROR_PREFIX, restored, to_replay
from chassis.messaging.reading import Record, Unreadable
from chassis.messaging.tolerant_consumer import TolerantConsumer
from contracts.envelope import Message
from contracts.topics import MAX_RECORD_BYTES, dead_letter

LETTER, STATE, REPLAY_OF = "chairside-letter", "chairside-letter-state", "chairside-replay-of"
AT_ONCE = 100
CLOCK_SKEW = timedelta(minutes=5)
State = Literal["waiting", "uncertain", "replayed", "discarded"]
_STATES: dict[bytes, State] = {
    b"replaying": "uncertain",
    b"replayed": "replayed",
    b"discarding": "uncertain",
    b"discarded": "discarded",
}


class Publisher(Protocol):
    """Sends messages in order, and returns when all are acknowledged."""

    async def publish(self, messages: Sequence[Message]) -> None: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A rejected record, where it lies in the dead-letter topic, and what was done with it."""

    consumer: str
    partition: int
    offset: int
    at: datetime
    message: Message
    state: State = "waiting"
    state_at: datetime | None = None

    @property
    def place(self) -> str:
        return f"{self.partition}:{self.offset}"

    @property
    def code(self) -> str:
        return self._header(f"{ERROR_PREFIX}code")

    @property
    def reason(self) -> str:
        return self._header(f"{ERROR_PREFIX}message")

    @property
    def topic(self) -> str:
        """Where it came from."""
        return self._header(f"{ERROR_PREFIX}topic")

    @property
    def subject(self) -> str:
        return self._header("ce_subject")

    @property
    def open(self) -> bool:
        return self.state in ("waiting", "uncertain")

    @property
    def cut(self) -> bool:
        """Whether it has only a piece of its record, and says where that lies."""
        return any(name == CUT for name, _ in self.message.headers)

    def _header(self, header: str) -> str:
        return (dict(self.message.headers).get(header) or b"").decode(errors="backslashreplace")


class RecordGone(Exception):
    """A letter holds only a piece of its record, and the record cannot be had any more."""


async def read(bootstrap: Cluster | str, consumer: str, since: datetime | None = None) -> list[Letter]:
    """The letters of one consumer, oldest first in each partition; none when it has no topic yet."""
    topic = dead_letter(consumer)
    letters: dict[str, Letter] = {}
    notes: dict[str, tuple[State, datetime]] = {}
    async with reading(bootstrap, topic, since) as records:
        async for record in records:
            headers = dict(record.headers)
            at = _written_at(record)
            if LETTER not in headers:
                message = Message(topic, record.key, record.value, record.headers)
                letter = Letter(consumer, record.partition, record.offset, at, message)
                letters[letter.place] = letter
                continue
            place = (headers[LETTER] or b"").decode(errors="replace")
            state = _STATES.get(headers.get(STATE) or b"", "uncertain")
            # Notes on a letter without a key may lie in any partition, and come in any order: what is done is done.
            if state != "uncertain" or place not in notes:
                notes[place] = (state, at)
    noted = [_with(letter, notes.get(letter.place)) for letter in letters.values()]
    return sorted(noted, key=lambda letter: (letter.partition, letter.offset))


def _written_at(record: Any) -> datetime:
    """1970 for what has no time, or one that no calendar has."""
    try:
        return datetime.fromtimestamp(getattr(record, "timestamp", 0) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _with(letter: Letter, note: tuple[State, datetime] | None) -> Letter:
    return letter if note is None else replace(letter, state=note[0], state_at=note[1])


async def send_back(
    bootstrap: Cluster | str, producer: Publisher, letters: Sequence[Letter], *, discard: bool = False
) -> int:
    """Puts the letters back on their topics, in this order; returns how many, without those that were there already.

    A letter that holds only a piece of its record goes back whole. Raises RecordGone before anything is sent.
    """
    if not discard:
        letters = [await _whole(bootstrap, letter) if letter.cut else letter for letter in letters]
    arrived = await _arrived(bootstrap, [letter for letter in letters if letter.state == "uncertain"])
    missing = [letter for letter in letters if letter.place not in arrived]
    await producer.publish([_note(letter, b"replayed") for letter in letters if letter.place in arrived])
    before, after = (b"discarding", b"discarded") if discard else (b"replaying", b"replayed")
    for start in range(0, len(missing), AT_ONCE):
        chunk = missing[start : start + AT_ONCE]
        await producer.publish([_note(letter, before) for letter in chunk])
        await producer.publish([_returned(letter, discard) for letter in chunk])
        await producer.publish([_note(letter, after) for letter in chunk])
    return len(missing)


async def _whole(bootstrap: Cluster | str, letter: Letter) -> Letter:
    gone = RecordGone(f"{letter.place} holds a piece of its record, which cannot be read from {letter.topic} any more")
    errors = {name: value or b"" for name, value in letter.message.headers if name.startswith(ERROR_PREFIX)}
    try:
        partition, offset = (int(errors[f"{ERROR_PREFIX}{name}"]) for name in ("partition", "offset"))
        record = await _record_at(bootstrap, TopicPartition(letter.topic, partition), offset)
        if record is None or isinstance(record, Unreadable):
            raise gone
        return replace(letter, message=restored(letter.message, record))
    except (KeyError, ValueError):
        raise gone from None


async def _record_at(bootstrap: Cluster | str, place: TopicPartition, offset: int) -> Record | None:
    async with _consuming(bootstrap) as consumer:
        consumer.assign([place])
        first, end = (await consumer.beginning_offsets([place]))[place], (await consumer.end_offsets([place]))[place]
        if not first <= offset < end:
            return None
        consumer.seek(place, offset)
        while await consumer.position(place) <= offset:
            for record in (await consumer.getmany(place, timeout_ms=500, max_records=1)).get(place, ()):
                found: Record = record
                return found if found.offset == offset else None
    return None


def _note(letter: Letter, state: bytes) -> Message:
    headers = [(LETTER, letter.place.encode()), (STATE, state)]
    return Message(letter.message.topic, letter.message.key, b"", headers)


def _returned(letter: Letter, discard: bool) -> Message:
    message = to_replay(letter.message, discard=discard)
    headers = [(name, value) for name, value in message.headers if name != REPLAY_OF]
    return replace(message, headers=[*headers, (REPLAY_OF, _name(letter))])


def _name(letter: Letter) -> bytes:
    return f"{letter.message.topic}/{letter.place}".encode()


async def _arrived(bootstrap: Cluster | str, letters: Sequence[Letter]) -> set[str]:
    """Of the letters whose replay was cut short, the places of those that are on their topic again."""
    found: set[str] = set()
    names = {_name(letter): letter.place for letter in letters}
    for topic in {letter.topic for letter in letters}:
        since = min(letter.state_at or letter.at for letter in letters if letter.topic == topic) - CLOCK_SKEW
        async with reading(bootstrap, topic, since) as records:
            async for record in records:
                name = dict(record.headers).get(REPLAY_OF)
                if name in names:
                    found.add(names[name])
    return found


@asynccontextmanager
async def reading(bootstrap: Cluster | str, topic: str, since: datetime | None) -> AsyncIterator[AsyncIterator[Any]]:
    """What is in the topic now, from a time on; without a group, so that nobody's offsets are touched."""
    partitions = await _partitions(bootstrap, topic)
    async with _consuming(bootstrap) as consumer:
        yield _records(consumer, partitions, since)


@asynccontextmanager
async def _consuming(bootstrap: Cluster | str) -> AsyncIterator[TolerantConsumer]:
    consumer = TolerantConsumer(
        **as_cluster(bootstrap).options(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * MAX_RECORD_BYTES,
    )
    try:
        await connect(consumer)
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(bootstrap: Cluster | str, topic: str) -> list[TopicPartition]:
    """None for a topic that is not there; it asks for all topics, since a broker may make one that is asked for."""
    admin = AIOKafkaAdminClient(**as_cluster(bootstrap).options())
    try:
        await connect(admin)
        described = await admin.describe_topics()
    finally:
        await admin.close()
    found = [
        partition["partition"]
        for description in described
        if description["topic"] == topic
        for partition in description["partitions"]
    ]
    return [TopicPartition(topic, number) for number in sorted(found)]


async def _records(
    consumer: TolerantConsumer, partitions: Sequence[TopicPartition], since: datetime | None
) -> AsyncIterator[Any]:
    if not partitions:
        return
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    if since is None:
        for partition, first in (await consumer.beginning_offsets(partitions)).items():
            consumer.seek(partition, first)
    else:
        starts = await consumer.offsets_for_times({p: int(since.timestamp() * 1000) for p in partitions})
        for partition in partitions:
            start = starts.get(partition)
            consumer.seek(partition, start.offset if start else ends[partition])
    left = {partition for partition in partitions if await consumer.position(partition) < ends[partition]}
    while left:
        for partition, records in (await consumer.getmany(*left, timeout_ms=500)).items():
            for record in records:
                if record.offset < ends[partition]:
                    yield record
        left = {partition for partition in left if await consumer.position(partition) < ends[partition]}
