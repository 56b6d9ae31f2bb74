"""Handling a batch: one transaction, a rejected record costs only itself, and too many of them cost nothing."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import structlog

from chassis.database.mongo import DriverError, Mongo, is_duplicate
from chassis.messaging.batch import Batch, is_technical
from chassis.messaging.dead_letters import reference_only, to_dead_letter
from chassis.messaging.inbox import Parked
from chassis.messaging.limit import HANDLER_FAILED, Limit, Tally, TooManyDeadLetters, Window
from chassis.messaging.outbox import Outbox, Unit
from chassis.messaging.reading import (
    Discarded,
    Heard,
    Place,
    Reading,
    Rejected,
    aggregate_of,
    parked_at,
    place_of,
    subject_of,
)
from chassis.telemetry import DEAD_LETTERS, HANDLER_SECONDS
from contracts.envelope import Event
from contracts.topics import Topic

log = structlog.get_logger(__name__)
ATTEMPTS_AT_KNOWN_KEYS = 3

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


class BatchHandling:
    """Of one topic in one service. What fails and is technical goes through: nothing of the batch is written then."""

    def __init__(self, service: str, subscription: Subscription, mongo: Mongo, outbox: Outbox, limit: Limit) -> None:
        self.window = Window(limit)
        self._service = service
        self._subscription = subscription
        self._topic = subscription.topic.name
        self._outbox = outbox
        self._parked = Parked(mongo, self._topic)

    async def handle(self, readings: Sequence[Reading]) -> None:
        """Whatever fails, and is not technical, is the fault of one record: then each goes by itself.

        Raises TooManyDeadLetters at the limit, and what is technical.
        """
        try:
            await self._settle(readings)
        except TooManyDeadLetters:
            raise
        except Exception as error:
            if is_technical(error):
                raise
            log.warning("batch-taken-apart", topic=self._topic, records=len(readings), error=type(error).__name__)
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
            except Exception as error:
                if is_technical(error):
                    raise
                if reading is not None:
                    rejected.append(Rejected(reading.record, HANDLER_FAILED, type(error).__name__))
        self.window.check(self.window.tally(readings, rejected))

    async def _isolate(self, reading: Reading) -> None:
        """One record by itself: handled, else rejected for what was wrong, else noted by where it lies."""
        try:
            await self._settle([reading], probed=True)
        except Exception as error:
            if is_technical(error):
                raise
            try:
                await self._settle([reading], error, probed=True)
            except Exception as again:
                if is_technical(again):
                    raise
                await self._note_place(reading, again)

    async def _note_place(self, reading: Reading, error: Exception) -> None:
        """The last resort: nothing of the record is looked at. What is passed over leaves nothing to note."""
        if reading is None:
            return
        record = reading.record

        async def note(unit: Unit) -> None:
            unit.messages.append(reference_only(self._service, record, HANDLER_FAILED, type(error).__name__))

        await self._outbox.transact(note, confirm=True)
        self.window.add(Tally(1, 1))
        self._tell(Rejected(record, HANDLER_FAILED, type(error).__name__), error)

    async def _settle(
        self, readings: Sequence[Reading], fault: Exception | None = None, *, probed: bool = False
    ) -> None:
        started = perf_counter()
        rejected = await self._transact(readings, fault, checked=not probed)
        self.window.add(self.window.tally(readings, rejected))
        HANDLER_SECONDS.labels(self._topic).observe(perf_counter() - started)
        for one in rejected:
            self._tell(one)

    def _tell(self, rejected: Rejected, error: Exception | None = None) -> None:
        record = rejected.record
        DEAD_LETTERS.labels(self._topic, rejected.code).inc()
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        log.warning("dead-letter", code=rejected.code, **place, exc_info=error)

    async def _transact(
        self, readings: Sequence[Reading], fault: Exception | None, *, checked: bool = False, probing: bool = False
    ) -> list[Rejected]:
        """A business key that exists aborts the transaction; the next attempt looks first, and drops what is known."""
        known: DriverError | None = None
        for attempt in range(ATTEMPTS_AT_KNOWN_KEYS):
            try:
                work = partial(self._work, readings=readings, attempt=attempt, fault=fault)
                judge = partial(self._judge, work, readings, checked, probing)
                return await self._outbox.transact(judge, confirm=True)
            except DriverError as error:
                if not is_duplicate(error):
                    raise
                known = error
        raise KnownKey from known

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
            self.window.check(self.window.tally(readings, rejected))
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


class KnownKey(Exception):
    """No race, since looking first did not help: what the records say cannot be stored beside what is there."""


class _Probed(Exception):
    """Breaks off the transaction of a record that was only tried."""

    def __init__(self, rejected: Sequence[Rejected]) -> None:
        super().__init__()
        self.rejected = rejected
