"""The one place that knows FastStream's rules: batches in, one transaction each, nothing lost and nothing twice.

A record that cannot be read, or breaks a rule, is parked in the batch's own transaction and goes to `<consumer>.dead-
letter`; its neighbours go on. A technical failure backs off and is tried again without end. Offsets are committed
explicitly, after the events are out.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import stamina
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from opentelemetry.trace import Link, Span, SpanKind, get_current_span

from chassis.database.mongo import DriverError, Mongo, is_duplicate
from chassis.failpoints import crossing
from chassis.messaging.batch import TECHNICAL as TECHNICAL
from chassis.messaging.batch import Batch as Batch
from chassis.messaging.control import ConsumerControl
from chassis.messaging.hold import Hold
from chassis.messaging.inbox import Parked
from chassis.messaging.limit import HANDLER_FAILED, Limit, TooManyDeadLetters, Window
from chassis.messaging.outbox import Outbox, Unit
from chassis.messaging.reading import (
    Discarded,
    Heard,
    Place,
    Reader,
    Reading,
    Record,
    Rejected,
    aggregate_of,
    parked_at,
    place_of,
    subject_of,
    to_dead_letter,
)
from chassis.telemetry import CONSUMER_LAG, DEAD_LETTERS, HANDLER_SECONDS, context_from, tracer
from contracts.envelope import Event
from contracts.topics import Topic

log = structlog.get_logger(__name__)
MAX_POLL_INTERVAL_MS = 30 * 60 * 1000
ATTEMPTS_AT_KNOWN_KEYS = 3
MAX_LINKS = 16


Handler = Callable[[Batch[Any]], Awaitable[None]]


def _subject_of(event: Event) -> str:
    return event.subject


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a service hears. `handle` runs in the batch's transaction, maybe more than once, and acts on nothing else.

    `subject` is the aggregate that keeps its order behind a rejected record.
    """

    topic: Topic
    events: tuple[type[Event], ...]
    handle: Handler
    subject: Callable[[Any], str] = _subject_of
    max_records: int = 500


class Consumer:
    """Works off one topic for one service."""

    def __init__(self, service: str, subscription: Subscription, mongo: Mongo, outbox: Outbox, limit: Limit) -> None:
        self._service = service
        self._subscription = subscription
        self._topic = subscription.topic.name
        self._outbox = outbox
        self._parked = Parked(mongo, self._topic)
        self._reader = Reader(subscription.topic, subscription.events)
        self._subscriber: Any = None
        self._handled: dict[Any, int] = {}
        self._hold = Hold(ConsumerControl(mongo), service, self._topic)
        self._window = Window(limit)

    def attach(self, broker: KafkaBroker, ordinal: str) -> None:
        """Subscribes on the broker. Static membership lets a restarted process go on at once with its partitions."""
        self._subscriber = broker.subscriber(
            self._topic,
            batch=True,
            group_id=f"{self._service}.{self._topic}",
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

    async def on_batch(self, records: Sequence[Record]) -> None:
        """Returns when the batch is done; until then nothing else of these partitions is read."""
        readings = [self._reader.read(record) for record in records]
        with _span(self._topic, readings):
            while (crossed := await self._insist(readings)) is not None:
                await self._wait_for_a_person(crossed)
        await self._commit(records)

    async def _insist(self, readings: Sequence[Reading]) -> TooManyDeadLetters | None:
        """Until the batch is done, or found to be over the limit."""
        async for attempt in stamina.retry_context(
            on=Exception, attempts=None, timeout=None, wait_initial=0.1, wait_max=10.0
        ):
            with attempt:
                try:
                    await self._try(readings)
                except TooManyDeadLetters as crossed:
                    return crossed
        return None

    async def _wait_for_a_person(self, crossed: TooManyDeadLetters) -> None:
        """What is on the topic when they say that it goes on is not held against it once more."""
        consumer = None if self._subscriber is None else self._subscriber.consumer
        await self._hold.wait(consumer, crossed)
        self._window.excuse(await self._ends(consumer))

    async def _ends(self, consumer: Any) -> dict[int, int]:
        assigned = consumer.assignment() if consumer is not None else frozenset()
        async for attempt in stamina.retry_context(on=TECHNICAL, attempts=None, timeout=None, wait_max=10.0):
            with attempt:
                ends = await consumer.end_offsets(assigned) if assigned else {}
        return {place.partition: end for place, end in ends.items()}

    async def _try(self, readings: Sequence[Reading]) -> None:
        """Whatever fails in a handler, and is not technical, is the fault of one record: then each goes by itself."""
        try:
            await self._handle(readings)
        except (*TECHNICAL, TooManyDeadLetters):
            raise
        except Exception:
            await self._probe(readings)
            for reading in readings:
                await self._isolate(reading)

    async def _probe(self, readings: Sequence[Reading]) -> None:
        """How many would be parked, each by itself, with nothing written: so a batch is held whole or not at all."""
        rejected: list[Rejected] = []
        for reading in readings:
            try:
                await self._transact([reading], None, probing=True)
            except _Probed as probed:
                rejected += probed.rejected
            except TECHNICAL:
                raise
            except Exception as error:
                if reading is not None:
                    rejected.append(Rejected(reading.record, HANDLER_FAILED, type(error).__name__))
        self._window.check(self._window.tally(readings, rejected))

    async def _isolate(self, reading: Reading) -> None:
        try:
            await self._handle([reading], probed=True)
        except TECHNICAL:
            raise
        except Exception as error:
            await self._handle([reading], error, probed=True)

    async def _handle(
        self, readings: Sequence[Reading], fault: Exception | None = None, *, probed: bool = False
    ) -> None:
        started = perf_counter()
        rejected = await self._transact(readings, fault, checked=not probed)
        self._window.add(self._window.tally(readings, rejected))
        HANDLER_SECONDS.labels(self._topic).observe(perf_counter() - started)
        for one in rejected:
            place = {"topic": one.record.topic, "partition": one.record.partition, "offset": one.record.offset}
            DEAD_LETTERS.labels(self._topic, one.code).inc()
            log.warning("dead-letter", code=one.code, **place)

    async def _transact(
        self, readings: Sequence[Reading], fault: Exception | None, *, checked: bool = False, probing: bool = False
    ) -> list[Rejected]:
        """A business key that exists aborts the transaction; the next attempt looks first, and drops what is known."""
        for attempt in range(ATTEMPTS_AT_KNOWN_KEYS):
            try:
                work = partial(self._work, readings=readings, attempt=attempt, fault=fault)
                judge = partial(self._judge, work, readings, checked, probing)
                return await self._outbox.transact(judge, confirm=True)
            except DriverError as error:
                if not is_duplicate(error) or attempt + 1 == ATTEMPTS_AT_KNOWN_KEYS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _judge(
        self,
        work: Callable[[Unit], Awaitable[list[Rejected]]],
        readings: Sequence[Reading],
        checked: bool,
        probing: bool,
        unit: Unit,
    ) -> list[Rejected]:
        """What it raises breaks the transaction off: nothing of the batch is written then."""
        rejected = await work(unit)
        if probing:
            raise _Probed(rejected)
        if checked:
            self._window.check(self._window.tally(readings, rejected))
        return rejected

    async def _work(
        self, unit: Unit, readings: Sequence[Reading], attempt: int, fault: Exception | None
    ) -> list[Rejected]:
        """Returns what goes to the dead letter now; what is parked already went there when it was heard first."""
        parked = await self._parked.places_of(unit, {id_ for reading in readings for id_ in self._aggregates(reading)})
        batch = Batch[Any](unit, readings, parked, self._subscription.subject, attempt)
        if fault is not None:
            for heard in batch:
                batch.failed(heard, fault)
        elif any(isinstance(reading, Heard) for reading in readings):
            await self._subscription.handle(batch)
        rejected = batch.rejected
        await self._parked.settle(unit, parked, self._parked_after(readings, rejected, parked))
        known = {place for places in parked.values() for place in places}
        news = [one for one in rejected if place_of(one.record) not in known]
        unit.messages.extend(to_dead_letter(self._service, one) for one in news)
        return news

    def _aggregates(self, reading: Reading) -> list[str]:
        """What a record is, or was, parked by: the subject of its event, or its header's where it cannot be read."""
        match reading:
            case Heard(event=event, replayed=False):
                subjects: list[str | None] = [self._subscription.subject(event)]
            case Heard(event=event, record=record) | Discarded(event=Event() as event, record=record):
                subjects = [self._subscription.subject(event), subject_of(record)]
            case Rejected(subject=subject) | Discarded(subject=subject):
                subjects = [subject]
            case None:
                return []
        return [aggregate_of(reading.record, subject) for subject in subjects if subject]

    def _parked_after(
        self, readings: Sequence[Reading], rejected: Sequence[Rejected], before: Mapping[str, Collection[Place]]
    ) -> dict[str, set[Place]]:
        """What came back from the dead letter is parked no more; what goes there (again) is."""
        after = {id_: set(places) for id_, places in before.items()}
        for reading in readings:
            if isinstance(reading, Discarded) or (reading is not None and reading.replayed):
                place = parked_at(reading.record)
                for id_ in self._aggregates(reading):
                    if id_ in after and place is not None:
                        after[id_].discard(place)
        for one in rejected:
            if one.subject:
                after.setdefault(aggregate_of(one.record, one.subject), set()).add(place_of(one.record))
        return after

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


class _Probed(Exception):
    """Breaks off the transaction of a record that was only tried."""

    def __init__(self, rejected: Sequence[Rejected]) -> None:
        super().__init__()
        self.rejected = rejected


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
