"""The one place that knows FastStream's rules: batches in, one transaction each, nothing lost and nothing twice.

A record that cannot be read, or breaks a rule, is parked in the batch's own transaction and goes to `<consumer>.dead-
letter`; its neighbours go on. A technical failure backs off and is tried again without end. Offsets are committed
explicitly, after the events are out.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import stamina
import structlog
from aiokafka import TopicPartition
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
from chassis.messaging.hold import Hold
from chassis.messaging.limit import Limit, TooManyDeadLetters
from chassis.messaging.outbox import Outbox
from chassis.messaging.reading import (
    Heard,
    Reader,
    Reading,
    Record,
)
from chassis.telemetry import CONSUMER_LAG, context_from, tracer
from contracts.topics import consumer_group

log = structlog.get_logger(__name__)
MAX_POLL_INTERVAL_MS = 30 * 60 * 1000
MAX_LINKS = 16


class Consumer:
    """Works off one topic for one service."""

    def __init__(self, service: str, subscription: Subscription, mongo: Mongo, outbox: Outbox, limit: Limit) -> None:
        self._service = service
        self._subscription = subscription
        self._topic = subscription.topic.name
        self._handling = BatchHandling(service, subscription, mongo, outbox, limit)
        self._reader = Reader(subscription.topic, subscription.events)
        self._subscriber: Any = None
        self._handled: dict[Any, int] = {}
        self._hold = Hold(ConsumerControl(mongo), service, self._topic)

    def attach(self, broker: KafkaBroker, ordinal: str) -> None:
        """Subscribes on the broker. Static membership lets a restarted process go on at once with its partitions."""
        self._subscriber = broker.subscriber(
            self._topic,
            batch=True,
            group_id=consumer_group(self._service, self._topic),
            group_instance_id=f"{self._service}-{ordinal}",
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

    @property
    def stopped(self) -> dict[str, str]:
        """Why the topic is not taken, by its name; empty while it is."""
        return {self._topic: self._hold.reason} if self._hold.reason else {}

    def give_up(self) -> None:
        """The process ends; nothing waits for a person any more."""
        self._hold.give_up()

    async def on_batch(self, records: Sequence[Record]) -> None:
        """Returns when the batch is done, or given up; until then nothing else of these partitions is read."""
        readings = [self._reader.read(record) for record in records]
        with _span(self._topic, readings):
            while (crossed := await self._insist(readings)) is not None:
                if not await self._goes_on(crossed):
                    return
        await self._commit(records)

    async def _insist(self, readings: Sequence[Reading]) -> TooManyDeadLetters | None:
        """Until the batch is done, or found to be over the limit."""
        async for attempt in stamina.retry_context(
            on=Exception, attempts=None, timeout=None, wait_initial=0.1, wait_max=10.0
        ):
            with attempt:
                try:
                    await self._handling.handle(readings)
                except TooManyDeadLetters as crossed:
                    return crossed
        return None

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

    async def measure_lag(self) -> None:
        """What the broker has and we have not handled, also while we are stuck. Raises KafkaError."""
        consumer = self._subscriber.consumer
        assigned = consumer.assignment() if consumer is not None else frozenset()
        self._handled = {place: end for place, end in self._handled.items() if place in assigned}
        for place, end in (await consumer.end_offsets(assigned) if assigned else {}).items():
            if place not in self._handled:
                self._handled[place] = await consumer.committed(place) or 0
            CONSUMER_LAG.labels(place.topic, str(place.partition)).set(max(end - self._handled[place], 0))


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
