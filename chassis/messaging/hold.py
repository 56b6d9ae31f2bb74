"""A consumer that stopped at the dead-letter limit: it stays in its group, takes nothing, and waits for a person."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import structlog

from chassis.messaging.batch import TECHNICAL
from chassis.messaging.control import ConsumerControl, Resumption
from chassis.messaging.limit import TooManyDeadLetters
from chassis.telemetry import CONSUMER_STOPPED
from kernel.clock import utc_now

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0


class Hold:
    """Of one topic. `reason` is empty while nothing is held."""

    def __init__(self, control: ConsumerControl, service: str, topic: str) -> None:
        self._control = control
        self._service = service
        self._topic = topic
        self.reason = ""
        self._given_up = asyncio.Event()
        CONSUMER_STOPPED.labels(topic).set(0)

    def give_up(self) -> None:
        """The process ends: what is held is there for the next one."""
        self._given_up.set()

    async def wait(self, consumer: Any, crossed: TooManyDeadLetters) -> bool:
        """Until a person says that it goes on; False when it was given up, with the partitions still paused."""
        self.reason = f"stopped, since {crossed}: chairside consumer resume {self._service} {self._topic}"
        CONSUMER_STOPPED.labels(self._topic).set(1)
        log.error("consumer-stopped", topic=self._topic, heard=crossed.heard, rejected=crossed.rejected)
        _pause(consumer)
        if (order := await self._order(consumer)) is None:
            _pause(consumer)
            return False
        if consumer is not None:
            consumer.resume(*consumer.paused())
        CONSUMER_STOPPED.labels(self._topic).set(0)
        self.reason = ""
        log.warning("consumer-resumed", topic=self._topic, by=order.by, epoch=order.epoch)
        return True

    async def _order(self, consumer: Any) -> Resumption | None:
        epoch: int | None = None
        while not self._given_up.is_set():
            try:
                if epoch is None:
                    epoch = await self._control.stopped(self._topic, utc_now())
                if (order := await self._control.resumption(self._topic, epoch)) is not None:
                    return order
                await _stay(consumer)
            except TECHNICAL as error:
                log.warning("order-unknown", topic=self._topic, error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._given_up.wait()
        return None


def _pause(consumer: Any) -> Collection[Any]:
    """Nothing is fetched; also not of partitions that a rebalance has brought meanwhile."""
    assigned: Collection[Any] = consumer.assignment() if consumer is not None else frozenset()
    if assigned:
        consumer.pause(*assigned)
    return assigned


async def _stay(consumer: Any) -> None:
    """Asks for records of paused partitions: none come, and whoever asks stays in the group however long it takes."""
    if assigned := _pause(consumer):
        await consumer.getmany(*assigned, timeout_ms=0)
