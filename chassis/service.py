"""What a composition root composes with: one running service, from its database to its consumers."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import stamina
import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from pymongo import IndexModel

from chassis.database import lease
from chassis.database.mongo import Mongo
from chassis.database.predecessor import Identity
from chassis.database.watch import StoreWatch
from chassis.http import idempotency
from chassis.messaging import control, inbox, outbox
from chassis.messaging.broker import Producer
from chassis.messaging.complaints import Complaints
from chassis.messaging.consumer import TECHNICAL, Consumer, Subscription
from chassis.messaging.consuming_broker import consuming_broker
from chassis.messaging.limit import Limit
from chassis.messaging.outbox import Outbox
from chassis.messaging.relay import Relay
from chassis.messaging.topic_limits import check_topic_limits
from chassis.settings import Settings
from chassis.tasks import ended, within

log = structlog.get_logger(__name__)
Indexes = dict[str, Sequence[IndexModel]]
OWN_INDEXES: Indexes = {
    outbox.COLLECTION: [],  # read by id: in an index by time its rows, of up to 4 MB, would have to be sorted
    inbox.PARKED: [],
    control.COLLECTION: [],
    control.ORDERS: control.ORDER_INDEXES,
    lease.COLLECTION: [],
    idempotency.COLLECTION: idempotency.INDEXES,
}
ANSWER_WITHIN_S = 2.0
COLLECT_AFTER = (50_000, 20, 100)
LAG_EVERY_S = 2.0
LAST_WORDS_S = 1.0
LEAVE_WITHIN_S = 2.0


class Worker(Protocol):
    """Something that works in the background while the service is up."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Service:
    """Starts in the order that loses nothing: store, outbox drained, workers, consumers; stops in the opposite one."""

    def __init__(self, settings: Settings, indexes: Indexes) -> None:
        self.settings = settings
        identity = Identity(settings.service, settings.ordinal, settings.mongo_database)
        self.mongo = Mongo(settings.mongo_address, settings.mongo_database, settings.mongo_driver, identity)
        self._store_watch = StoreWatch(self.mongo.ping)
        self.producer = Producer(settings.cluster, settings.service)
        self.outbox = Outbox(self.mongo, self.producer, f"/chairside/{settings.service}", keep_s=settings.outbox_keep_s)
        self._indexes = {**OWN_INDEXES, **indexes}
        self._relay = Relay(self.mongo, self.outbox, stalled_after_s=settings.stalled_after_s)
        self._complaints = Complaints()
        self._broker = consuming_broker(settings.cluster, settings.service, self._complaints)
        self._workers: list[Worker] = []
        self._consumers: list[Consumer] = []
        self._limit = Limit(
            settings.dead_letter_share, settings.dead_letter_least_records, settings.dead_letter_window_records
        )
        self._measuring: asyncio.Task[None] | None = None
        self._started = False

    def hears(self, *subscriptions: Subscription) -> None:
        """Each topic is consumed by a group of its own, so that a slow one does not hold up another."""
        for subscription in subscriptions:
            consumer = Consumer(
                self.settings.service,
                subscription,
                self.mongo,
                self.outbox,
                self._limit,
                self.settings.stalled_after_s,
            )
            consumer.attach(self._broker, self.settings.ordinal)
            self._consumers.append(consumer)

    async def has_heard_all(self, topic: str | None = None) -> bool:
        """Whether all that was published by now on a topic, or on all that it hears, is handled.

        False when nobody can say.
        """
        asked = [consumer for consumer in self._consumers if topic in (None, consumer.topic)]
        return all([await consumer.has_heard_all() for consumer in asked])

    def works(self, *workers: Worker) -> None:
        """Workers start after the outbox is drained and stop after the last record is handled."""
        self._workers.extend(workers)

    async def start(self) -> None:
        """Waits as long as it takes for the database and the broker."""
        self._store_watch.start()
        await _insist(self.mongo.end_predecessor)
        await _insist(lambda: self.mongo.ensure_indexes(self._indexes))
        await _insist(self.producer.start)
        await _insist(lambda: check_topic_limits(self.settings.service, self.producer))
        await _insist(self._relay.start)
        for worker in self._workers:
            await worker.start()
        await _insist(self._start_consumers)
        self._measuring = asyncio.create_task(self._measure_lag(), name="lag")
        collect_garbage_seldom()
        self._started = True
        log.info("started")

    async def _start_consumers(self) -> None:
        """What keeps them from starting is told like what keeps them from reading later. Raises KafkaError."""
        try:
            await self._broker.start()
        except KafkaError as error:
            self._complaints.log(logging.ERROR, "consumers do not start", exc_info=error)
            raise

    async def stop(self) -> None:
        """Finishes what is in hand, within half of `shutdown_grace_s` (the requests had their time before).

        What a database or a broker that is gone would keep waiting is given up: the next start goes on with it.
        """
        self._started = False
        for consumer in self._consumers:
            consumer.give_up()
        workers = [worker.stop for worker in reversed(self._workers)]
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self.settings.shutdown_grace_s / 2
        watches = (self._stop_measuring, self._store_watch.stop)
        consuming = (self._broker.stop, self._leave_groups)
        for step in (*consuming, *workers, self._relay.stop, self.producer.stop, *watches, self.mongo.close):
            await _finish(step, max(ends_at - clock(), LAST_WORDS_S))
        log.info("stopped")

    async def _leave_groups(self) -> None:
        client = self.producer.client
        await asyncio.gather(*(within(LEAVE_WITHIN_S, consumer.leave(client)) for consumer in self._consumers))

    async def _stop_measuring(self) -> None:
        if self._measuring is not None:
            await ended(self._measuring)

    async def _measure_lag(self) -> None:
        looks = self.mongo.pace.looks(LAG_EVERY_S)
        while True:
            looks.begin()
            try:
                for consumer in self._consumers:
                    await consumer.look_after()
            except Exception as error:
                log.warning("lag-unknown", error=type(error).__name__)
            await looks.next()

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Starts beside the HTTP server, so that health answers while the broker or the database is not there yet."""
        starting = asyncio.create_task(self.start(), name="start")
        starting.add_done_callback(_end_if_failed)
        try:
            yield
        finally:
            await ended(starting)
            await self.stop()

    def store_silent_s(self) -> float:
        """For how long the database has not answered; 0 while it does."""
        return self._store_watch.silent_s

    async def ready(self) -> dict[str, str]:
        """What does not answer, and topics that are not taken, by name, and why; empty when all is well."""
        answers = {"store": self._store_watch.answers, "broker": await _answers(self.producer.ping())}
        silent = {name: "does not answer" for name, answered in answers.items() if not answered}
        for consumer in self._consumers:
            silent |= consumer.stopped
        silent |= self._complaints.current | self._relay.stalled
        return silent if silent or self._started else {"service": "is starting"}


def collect_garbage_seldom() -> None:
    """What is there now stays: the collector need not look at it again.

    A batch makes tens of thousands of objects, nearly all of them free of cycles; at Python's default of 700 the
    collector takes a third of the time of a busy consumer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def _insist(step: Callable[[], Awaitable[None]]) -> None:
    async for attempt in stamina.retry_context(on=TECHNICAL, attempts=None, timeout=None, wait_max=5.0):
        with attempt:
            await step()


async def _finish(step: Callable[[], Coroutine[Any, Any, None]], within_s: float) -> None:
    """One thing that does not end well must not keep the others from ending."""
    try:
        await within(within_s, step())
    except Exception as error:
        log.warning("not-finished", step=getattr(step, "__qualname__", repr(step)), error=type(error).__name__)


def _end_if_failed(starting: asyncio.Task[None]) -> None:
    """What is wrong with us does not go away by waiting: end, and let the operator see it."""
    if not starting.cancelled() and (error := starting.exception()) is not None:
        log.error("cannot-start", exc_info=error)
        signal.raise_signal(signal.SIGTERM)


async def _answers(asked: Coroutine[Any, Any, None]) -> bool:
    try:
        await within(ANSWER_WITHIN_S, asked)
    except Exception:
        return False
    return True
