"""The one place that knows FastStream's rules: batches in, one transaction each, nothing lost and nothing twice.

A record that cannot be read, or breaks a rule, is parked in the batch's own transaction and goes to `<consumer>.dead-
letter`; its neighbours go on. A technical failure backs off and is tried again without end. Offsets are committed
explicitly, after the events are out.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

import stamina
import structlog
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from opentelemetry.trace import Link, Span, SpanKind, get_current_span

from chassis.database.mongo import Mongo
from chassis.failpoints import crossing
from chassis.messaging.batch import TECHNICAL as TECHNICAL
from chassis.messaging.batch import Batch as Batch
from chassis.messaging.control import ConsumerControl
from chassis.messaging.handling import BatchHandling
from chassis.messaging.handling import Subscription as Subscription
from chassis.messaging.hearing import has_heard_all
from chassis.messaging.hold import Hold
from chassis.messaging.limit import Limit, TooManyDeadLetters
from chassis.messaging.membership import leave_to_others
from chassis.messaging.orders import Orders
from chassis.messaging.outbox import Outbox
from chassis.messaging.progress import Progress
from chassis.messaging.reading import (
    Heard,
    Reader,
    Reading,
    Record,
)
from chassis.telemetry import CONSUMER_LAG, CONSUMER_STALLED, context_from, tracer
from contracts.topics import consumer_group

log = structlog.get_logger(__name__)
MAX_POLL_INTERVAL_MS = 30 * 60 * 1000
HEARTBEAT_MS = 1500
"""How soon a member learns that another one has come or gone, at the latest."""
MAX_LINKS = 16
POSITION_WITHIN_S = 1.0


class Consumer:
    """Works off one topic for one service."""

    def __init__(
        self,
        service: str,
        subscription: Subscription,
        mongo: Mongo,
        outbox: Outbox,
        limit: Limit,
        stalled_after_s: float = 30.0,
    ) -> None:
        self._service = service
        self._subscription = subscription
        self._topic = subscription.topic.name
        self._handling = BatchHandling(service, subscription, mongo, outbox, limit)
        self._reader = Reader(subscription.topic, subscription.events)
        self._subscriber: Any = None
        self._group = consumer_group(service, self._topic)
        self._instance = ""
        self._handled: dict[Any, int] = {}
        control = ConsumerControl(mongo)
        self._hold = Hold(control, service, self._topic)
        self._orders = Orders(control, self._topic)
        self._progress = Progress(stalled_after_s)
        self._in_hand = False
        self._stalled = ""

    def attach(self, broker: KafkaBroker, ordinal: str) -> None:
        """Subscribes on the broker. Static membership lets a restarted process go on at once with its partitions."""
        self._instance = f"{self._service}-{ordinal}"
        self._subscriber = broker.subscriber(
            self._topic,
            batch=True,
            group_id=self._group,
            group_instance_id=self._instance,
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_records=self._subscription.max_records,
            batch_timeout_ms=50,
            max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            parser=_bare,
            decoder=_untouched,
        )

        async def hear(records: Any) -> None:  # FastStream makes a pydantic model of what is annotated here
            await self.on_batch(records)

        self._subscriber(hear)

    async def leave(self, client: AIOKafkaClient) -> None:
        """Gives its partitions to the other instances, if there are any, after it has stopped. Raises KafkaError."""
        await leave_to_others(client, self._group, self._instance)

    @property
    def stopped(self) -> dict[str, str]:
        """Why the topic is not taken, by its name; empty while it is."""
        reason = self._hold.reason or self._stalled
        return {self._topic: reason} if reason else {}

    def give_up(self) -> None:
        """The process ends; nothing waits for a person any more."""
        self._hold.give_up()

    async def on_batch(self, records: Sequence[Record]) -> None:
        """Returns when the batch is done, or given up; until then nothing else of these partitions is read."""
        self._in_hand = True
        try:
            readings = [self._reader.read(record) for record in records]
            with _span(self._topic, readings):
                while (ended := await self._insist(records, readings)) is not True:
                    if ended is False or not await self._goes_on(ended):
                        return
            await self._commit(records)
        finally:
            self._in_hand = False

    async def _insist(self, records: Sequence[Record], readings: Sequence[Reading]) -> bool | TooManyDeadLetters:
        """True when the batch is done, what would be too much, or False where a person sends us elsewhere."""
        async for attempt in stamina.retry_context(
            on=Exception, attempts=None, timeout=None, wait_initial=0.1, wait_max=10.0
        ):
            with attempt:
                if attempt.num > 1:
                    await self._orders.look()
                if seeks := self._orders.seeks({record.partition for record in records}):
                    await self._orders.seek(self._subscriber.consumer, seeks, records)
                    return False
                try:
                    await self._handling.handle(self._orders.without_skipped(records, readings))
                except TooManyDeadLetters as crossed:
                    return crossed
                await self._orders.note_skipped(records)
        return True

    async def _goes_on(self, crossed: TooManyDeadLetters) -> bool:
        """Waits for a person. What is on the topic when they say that it goes on is not held against it once more."""
        consumer = None if self._subscriber is None else self._subscriber.consumer
        if not await self._hold.wait(consumer, crossed):
            return False
        self._handling.window.excuse(await self._ends(consumer))
        return True

    async def _ends(self, consumer: Any) -> dict[int, int]:
        assigned = consumer.assignment() if consumer is not None else frozenset()
        async for attempt in stamina.retry_context(on=TECHNICAL, attempts=None, timeout=None, wait_max=10.0):
            with attempt:
                ends = await consumer.end_offsets(assigned) if assigned else {}
        return {place.partition: end for place, end in ends.items()}

    async def _commit(self, records: Sequence[Record]) -> None:
        """Commits what was read.

        A commit that a rebalance refuses only means hearing it again.
        """
        consumer = self._subscriber.consumer
        crossing("before-offset-commit")
        ends: dict[Any, int] = {}
        for record in records:
            ends[TopicPartition(record.topic, record.partition)] = record.offset + 1
        try:
            await consumer.commit(ends)
        except KafkaError as error:
            log.warning("offset-commit-refused", error=type(error).__name__)
        self._handled.update(ends)

    @property
    def topic(self) -> str:
        return self._topic

    async def has_heard_all(self) -> bool:
        """Whether all that the topic has by now is handled, here or by another instance."""
        consumer = None if self._subscriber is None else self._subscriber.consumer
        return await has_heard_all(consumer, self._topic, self._handled)

    async def look_after(self) -> None:
        """What the broker has and we have not handled, also while we are stuck; and what a person has ordered.

        Raises KafkaError and DriverError.
        """
        consumer = self._subscriber.consumer
        assigned = consumer.assignment() if consumer is not None else frozenset()
        await self._orders.look()
        if not self._in_hand and (seeks := self._orders.seeks({place.partition for place in assigned})):
            await self._orders.seek(consumer, seeks)
            self._handled.clear()
        self._handled = {place: end for place, end in self._handled.items() if place in assigned}
        ends = await consumer.end_offsets(assigned) if assigned else {}
        for place, end in ends.items():
            if place not in self._handled:
                self._handled[place] = await consumer.committed(place) or 0
            CONSUMER_LAG.labels(place.topic, str(place.partition)).set(max(end - self._handled[place], 0))
        self._progress.note(self._handled, ends)
        await self._judge_progress(consumer, ends)

    async def _judge_progress(self, consumer: Any, ends: Mapping[Any, int]) -> None:
        stalled = {
            place.partition: lag
            for place, lag in self._progress.stalled().items()
            if self._in_hand or not await _is_read(consumer, place, ends[place])
        }
        before, self._stalled = self._stalled, _stalled(stalled)
        CONSUMER_STALLED.labels(self._topic).set(bool(stalled))
        if self._stalled and not before:
            log.error("consumer-stalled", topic=self._topic, records=stalled)


async def _is_read(consumer: Any, place: Any, end: int) -> bool:
    """Whether nothing is left to read: what is expired, or a mark of a transaction, is no record."""
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(POSITION_WITHIN_S):
            return bool(await consumer.position(place) >= end)
    return False


def _stalled(records: Mapping[int, int]) -> str:
    """In words; empty where nothing stands still."""
    places = ", ".join(f"{lag} records on partition {partition}" for partition, lag in sorted(records.items()))
    return f"stands still before {places}" if places else ""


def _span(topic: str, readings: Sequence[Reading]) -> AbstractContextManager[Span]:
    """One span a batch, linked to the traces in it; each event that is said goes on with the trace of its cause."""
    causes = {r.traceparent for r in readings if isinstance(r, Heard) and r.traceparent}
    contexts = [get_current_span(context_from(cause)).get_span_context() for cause in sorted(causes)[:MAX_LINKS]]
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.batch.message_count": len(readings),
    }
    return tracer.start_as_current_span(
        f"process {topic}", kind=SpanKind.CONSUMER, attributes=attributes, links=[Link(c) for c in contexts]
    )


async def _bare(raw: tuple[Any, ...]) -> KafkaMessage:
    """FastStream's own parser decodes headers, and one that is null or not UTF-8 would cost the whole batch."""
    return KafkaMessage(raw_message=raw, body=b"", headers={}, message_id="", correlation_id="", consumer=FAKE_CONSUMER)


async def _untouched(message: KafkaMessage) -> Any:
    return message.raw_message
