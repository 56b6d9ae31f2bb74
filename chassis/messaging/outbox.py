"""Say it once: events are written in the transaction that makes them true, and published after it.

All events of one transaction are one outbox document (split at 4 MB). It is deleted when the broker has acknowledged
all of them; what a crash leaves behind is published by the relay, byte for byte the same.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, Protocol, TypeVar

import structlog
from bson import ObjectId

from chassis.database.mongo import Document, Mongo, Session
from chassis.failpoints import crossing
from contracts.envelope import Event, Message, to_message
from contracts.topics import topic_of
from kernel.clock import utc_now

log = structlog.get_logger(__name__)
T = TypeVar("T")
HandOver = Callable[[Sequence[Document]], None]
COLLECTION = "outbox"
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024


class Publisher(Protocol):
    """Sends messages to the broker, in order, and returns when all are acknowledged."""

    async def publish(self, messages: Sequence[Message]) -> None: ...


class Unit:
    """One transaction under way: pass `session` to every write, and `say` what became true."""

    def __init__(self, session: Session, source: str, traceparent: str | None = None) -> None:
        self.session = session
        self.messages: list[Message] = []
        self._source = source
        self.traceparent = traceparent

    def say(self, event: Event, *, at: datetime | None = None, traceparent: str | None = None) -> None:
        """The event goes out when the transaction is committed; `traceparent` names its cause."""
        self.say_json(
            type(event),
            event.model_dump_json().encode(),
            subject=event.subject,
            version=event.version,
            key=event.key,
            at=at or utc_now(),
            traceparent=traceparent,
        )

    def say_json(
        self,
        type_: type[Event],
        value: bytes,
        *,
        subject: str,
        version: int,
        key: str,
        at: datetime,
        traceparent: str | None = None,
    ) -> None:
        """As `say`, for an event that is JSON already (the hot path)."""
        self.messages.append(
            to_message(
                topic=topic_of(type_).name,
                type_=type_.TYPE,
                source=self._source,
                subject=subject,
                version=version,
                key=key,
                at=at,
                value=value,
                traceparent=traceparent or self.traceparent,
            )
        )


def _size(message: Message) -> int:
    return len(message.value or b"") + sum(len(name) + len(value or b"") + 16 for name, value in message.headers) + 64


def _chunks(messages: Sequence[Message]) -> Iterator[list[Message]]:
    chunk: list[Message] = []
    size = 0
    for message in messages:
        size += _size(message)
        if chunk and size > MAX_DOCUMENT_BYTES:
            yield chunk
            chunk, size = [], _size(message)
        chunk.append(message)
    if chunk:
        yield chunk


def pack(message: Message) -> list[Any]:
    """[topic, key, value, name, value, name, value …]: flat, since every level of BSON costs."""
    packed: list[Any] = [message.topic, message.key, message.value]
    for header in message.headers:
        packed.extend(header)
    return packed


def unpack(packed: Sequence[Any]) -> Message:
    """The message as it was packed: a second publication is the same bytes."""
    headers = list(zip(packed[3::2], packed[4::2], strict=True))
    return Message(packed[0], packed[1], packed[2], headers)


class Outbox:
    """Runs a service's transactions and publishes what they said.

    `keep_s` is for a broker that acknowledges before it has written: rows stay so long, for the next start to publish
    them again. They are in hand until then, so that nobody does it before.
    """

    def __init__(self, mongo: Mongo, publisher: Publisher, source: str, *, keep_s: float = 0.0) -> None:
        self._keep_s = keep_s
        self._kept: deque[tuple[float, list[ObjectId]]] = deque()
        self._mongo = mongo
        self._rows = mongo.collection(COLLECTION)
        self._publisher = publisher
        self._source = source
        self._hand_over: HandOver = lambda rows: None
        self.in_hand: set[ObjectId] = set()

    def on_commit(self, hand_over: HandOver) -> None:
        """`hand_over` is given the rows of each transaction whose caller does not wait for the broker."""
        self._hand_over = hand_over

    async def transact(
        self, work: Callable[[Unit], Awaitable[T]], *, confirm: bool = False, traceparent: str | None = None
    ) -> T:
        """Runs `work` in one transaction and publishes its events after the commit.

        With `confirm`, returns when the broker has acknowledged them (consumers, before they commit offsets); without,
        they are handed to the relay, so that an HTTP answer does not wait for the broker. Raises what `work` raises,
        and DriverError.
        """
        rows: list[Document] = []

        async def run(session: Session) -> T:
            unit = Unit(session, self._source, traceparent)
            result = await work(unit)
            crossing("mid-transaction")
            rows[:] = [_row(chunk) for chunk in _chunks(unit.messages)]
            if rows:
                await self._rows.insert_many(rows, session=session)
            crossing("before-commit")
            return result

        result = await self._mongo.transaction(run)
        self.in_hand.update(row["_id"] for row in rows)
        crossing("after-commit")
        if rows and confirm:
            await self.publish(rows)
        elif rows:
            self._hand_over(rows)
        return result

    async def publish(self, rows: Sequence[Document]) -> None:
        """Publishes committed rows and deletes them; what fails stays for the relay's sweep: no error here."""
        ids = [row["_id"] for row in rows]
        kept = False
        try:
            for row in rows:
                await self._publisher.publish([unpack(packed) for packed in row["messages"]])
            crossing("after-publish")
            kept = self._keep(ids)
            if not kept:
                await self._rows.delete_many({"_id": {"$in": ids}})
            crossing("after-outbox-cleared")
        except Exception:
            log.warning("publish-left-to-relay", rows=len(rows), exc_info=True)
        finally:
            if not kept:
                self.in_hand.difference_update(ids)

    def _keep(self, ids: list[ObjectId]) -> bool:
        """Whether acknowledged rows are to stay for a while."""
        if self._keep_s:
            self.in_hand.update(ids)
            self._kept.append((monotonic() + self._keep_s, ids))
        return self._keep_s > 0

    async def forget_kept(self) -> None:
        """Deletes rows that were kept for long enough. Raises DriverError."""
        while self._kept and self._kept[0][0] <= monotonic():
            _, ids = self._kept[0]
            await self._rows.delete_many({"_id": {"$in": ids}})
            self.in_hand.difference_update(ids)
            self._kept.popleft()


def _row(messages: Sequence[Message]) -> Document:
    return {"_id": ObjectId(), "at": utc_now(), "messages": [pack(message) for message in messages]}
