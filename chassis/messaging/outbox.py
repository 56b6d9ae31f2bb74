"""Say it once: events are written in the transaction that makes them true, and published after it.

All events of one transaction are one outbox document (split at 4 MB). It is deleted when the broker has acknowledged
all of them; what a crash leaves behind is published by the relay, byte for byte the same. What the broker refuses for
its own sake stays alone in its document, is tried again later, and holds up nothing else.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Protocol, TypeVar

from aiokafka.errors import BrokerResponseError, KafkaError
from bson import ObjectId

from chassis.database.mongo import Document, Mongo, Session
from chassis.failpoints import crossing
from chassis.logger import Logger
from chassis.messaging.size import refuse_too_large
from contracts.envelope import Event, Message, to_message
from contracts.topics import topic_of
from kernel.clock import utc_now

log = Logger(__name__)
T = TypeVar("T")
HandOver = Callable[[Sequence[Document]], None]
COLLECTION = "outbox"
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
REFUSED_AGAIN_AFTER = timedelta(minutes=1)


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
        self.after_commit: list[Callable[[], None]] = []
        """Called in order once all of it is true: who is to look at it."""

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
        """As `say`, for an event that is JSON already (the hot path).

        Both raise EventTooLarge for one that nobody would read.
        """
        refuse_too_large(type_, subject, value)
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
        announced: list[Callable[[], None]] = []

        async def run(session: Session) -> T:
            unit = Unit(session, self._source, traceparent)
            result = await work(unit)
            crossing("mid-transaction")
            rows[:] = [_row(chunk) for chunk in _chunks(unit.messages)]
            if rows:
                await self._rows.insert_many(rows, session=session)
            announced[:] = unit.after_commit
            crossing("before-commit")
            return result

        result = await self._mongo.transaction(run)
        self.in_hand.update(row["_id"] for row in rows)
        crossing("after-commit")
        for announce in announced:
            announce()
        if rows and confirm:
            await self.publish(rows)
        elif rows:
            self._hand_over(rows)
        return result

    async def publish(self, rows: Sequence[Document]) -> bool:
        """Publishes committed rows and deletes them; False when the broker or the database did not answer.

        What is left then is for the relay's sweep: no error here.
        """
        kept: set[ObjectId] = set()
        try:
            published = [row["_id"] for row in rows if await self._publish(row)]
            crossing("after-publish")
            if self._keep_s:
                kept = self._keep(published)
            else:
                await self._rows.delete_many({"_id": {"$in": published}})
            crossing("after-outbox-cleared")
        except Exception:
            log.warning("publish-left-to-relay", rows=len(rows), exc_info=True)
            return False
        finally:
            self.in_hand.difference_update({row["_id"] for row in rows} - kept)
        return True

    def _keep(self, ids: list[ObjectId]) -> set[ObjectId]:
        """These rows were acknowledged, and stay for a while all the same."""
        self._kept.append((monotonic() + self._keep_s, ids))
        self.in_hand.update(ids)
        return set(ids)

    async def forget_kept(self) -> None:
        """Deletes rows that were kept for long enough. Raises DriverError."""
        while self._kept and self._kept[0][0] <= monotonic():
            _, ids = self._kept[0]
            await self._rows.delete_many({"_id": {"$in": ids}})
            self.in_hand.difference_update(ids)
            self._kept.popleft()

    async def _publish(self, row: Document) -> bool:
        """Whether all of the row went out. Raises what is no fault of the row."""
        try:
            await self._publisher.publish([unpack(packed) for packed in row["messages"]])
        except Exception as error:
            if not _is_refusal(error):
                raise
            return await self._publish_singly(row)
        return True

    async def _publish_singly(self, row: Document) -> bool:
        """Something in the row is refused: the rest goes out, and only that stays."""
        refused: list[Any] = []
        for packed in row["messages"]:
            try:
                await self._publisher.publish([unpack(packed)])
            except Exception as error:
                if not _is_refusal(error):
                    raise
                refused.append(packed)
                log.error("publish-refused", row=str(row["_id"]), error=type(error).__name__, reason=str(error))
        if refused:
            kept = {"messages": refused, "retry_at": utc_now() + REFUSED_AGAIN_AFTER}
            await self._rows.update_one({"_id": row["_id"]}, {"$set": kept})
        return not refused


def _is_refusal(error: Exception) -> bool:
    """Whether the message is to blame, and not the broker or the way there: then others may well go out."""
    if isinstance(error, BrokerResponseError):
        return not error.retriable
    return not isinstance(error, KafkaError | OSError)


def _row(messages: Sequence[Message]) -> Document:
    return {"_id": ObjectId(), "at": utc_now(), "messages": [pack(message) for message in messages]}
