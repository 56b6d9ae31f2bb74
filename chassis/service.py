"""What a composition root composes with: one running service, from its database to its consumers."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import stamina
import structlog
from fastapi import FastAPI
from pymongo import IndexModel

from chassis.database import lease
from chassis.database.mongo import Mongo
from chassis.http import idempotency
from chassis.messaging import control, inbox, outbox
from chassis.messaging.broker import Producer, consuming_broker
from chassis.messaging.consumer import TECHNICAL, Consumer, Subscription
from chassis.messaging.limit import Limit
from chassis.messaging.outbox import Outbox
from chassis.messaging.relay import Relay
from chassis.settings import Settings

log = structlog.get_logger(__name__)
Indexes = dict[str, Sequence[IndexModel]]
OWN_INDEXES: Indexes = {
    outbox.COLLECTION: [],  # read by id: in an index by time its rows, of up to 4 MB, would have to be sorted
    inbox.PARKED: [],
    control.COLLECTION: [],
    lease.COLLECTION: [],
    idempotency.COLLECTION: idempotency.INDEXES,
}
ANSWER_WITHIN_S = 2.0
COLLECT_AFTER = (50_000, 20, 100)
LAG_EVERY_S = 2.0
LAST_WORDS_S = 1.0


class Worker(Protocol):
    """Something that works in the background while the service is up."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Service:
    """Starts in the order that loses nothing: store, outbox drained, workers, consumers; stops in the opposite one."""

    def __init__(self, settings: Settings, indexes: Indexes) -> None:
        self.settings = settings
        self.mongo = Mongo(settings.mongo_uri, settings.mongo_database, settings.mongo_driver)
        self.producer = Producer(settings.kafka, settings.service)
        self.outbox = Outbox(self.mongo, self.producer, f"/chairside/{settings.service}")
        self._indexes = {**OWN_INDEXES, **indexes}
        self._relay = Relay(self.mongo, self.outbox)
        self._broker = consuming_broker(settings.kafka, settings.service)
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
            consumer = Consumer(self.settings.service, subscription, self.mongo, self.outbox, self._limit)
            consumer.attach(self._broker, self.settings.ordinal)
            self._consumers.append(consumer)

    def works(self, *workers: Worker) -> None:
        """Workers start after the outbox is drained and stop after the last record is handled."""
        self._workers.extend(workers)

    async def start(self) -> None:
        """Waits as long as it takes for the database and the broker."""
        await _insist(lambda: self.mongo.ensure_indexes(self._indexes))
        await _insist(self.producer.start)
        await _insist(self._relay.start)
        for worker in self._workers:
            await worker.start()
        await _insist(self._broker.start)
        self._measuring = asyncio.create_task(self._measure_lag(), name="lag")
        _collect_garbage_seldom()
        self._started = True
        log.info("started")

    async def stop(self) -> None:
        """Finishes what is in hand, within half of `shutdown_grace_s` (the requests had their time before).

        What a database or a broker that is gone would keep waiting is given up: the next start goes on with it.
        """
        self._started = False
        if self._measuring is not None:
            self._measuring.cancel()
        for consumer in self._consumers:
            consumer.give_up()
        workers = [worker.stop for worker in reversed(self._workers)]
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self.settings.shutdown_grace_s / 2
        for step in (self._broker.stop, *workers, self._relay.stop, self.producer.stop, self.mongo.close):
            await _finish(step, max(ends_at - clock(), LAST_WORDS_S))
        log.info("stopped")

    async def _measure_lag(self) -> None:
        while True:
            try:
                for consumer in self._consumers:
                    await consumer.measure_lag()
            except TECHNICAL as error:
                log.warning("lag-unknown", error=type(error).__name__)
            await asyncio.sleep(LAG_EVERY_S)

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Starts beside the HTTP server, so that health answers while the broker or the database is not there yet."""
        starting = asyncio.create_task(self.start(), name="start")
        starting.add_done_callback(_end_if_failed)
        try:
            yield
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await self.stop()

    async def ready(self) -> dict[str, str]:
        """What does not answer, and topics that are not taken, by name, and why; empty when all is well."""
        checks = {"store": self.mongo.ping, "broker": self.producer.ping}
        answers = await asyncio.gather(*(_answers(check) for check in checks.values()))
        silent = {name: "does not answer" for name, answered in zip(checks, answers, strict=True) if not answered}
        for consumer in self._consumers:
            silent |= consumer.stopped
        return silent if silent or self._started else {"service": "is starting"}


def _collect_garbage_seldom() -> None:
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


async def _finish(step: Callable[[], Awaitable[None]], within_s: float) -> None:
    """One thing that does not end well must not keep the others from ending."""
    try:
        async with asyncio.timeout(within_s):
            await step()
    except Exception as error:
        log.warning("not-finished", step=getattr(step, "__qualname__", repr(step)), error=type(error).__name__)


def _end_if_failed(starting: asyncio.Task[None]) -> None:
    """What is wrong with us does not go away by waiting: end, and let the operator see it."""
    if not starting.cancelled() and (error := starting.exception()) is not None:
        log.error("cannot-start", exc_info=error)
        signal.raise_signal(signal.SIGTERM)


async def _answers(check: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await check()
    except Exception:
        return False
    return True
