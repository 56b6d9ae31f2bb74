"""A consumer that stopped at the dead-letter limit: it stays in its group, takes nothing, and waits for a person."""

import asyncio
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
        CONSUMER_STOPPED.labels(topic).set(0)

    async def wait(self, consumer: Any, crossed: TooManyDeadLetters) -> None:
        """Until a person says that it goes on."""
        self.reason = f"stopped, since {crossed}: chairside consumer resume {self._service} {self._topic}"
        CONSUMER_STOPPED.labels(self._topic).set(1)
        log.error("consumer-stopped", topic=self._topic, heard=crossed.heard, rejected=crossed.rejected)
        order = await self._order(consumer)
        if consumer is not None:
            consumer.resume(*consumer.paused())
        CONSUMER_STOPPED.labels(self._topic).set(0)
        self.reason = ""
        log.warning("consumer-resumed", topic=self._topic, by=order.by, epoch=order.epoch)

    async def _order(self, consumer: Any) -> Resumption:
        epoch: int | None = None
        while True:
            try:
                if epoch is None:
                    epoch = await self._control.stopped(self._topic, utc_now())
                if (order := await self._control.resumption(self._topic, epoch)) is not None:
                    return order
                await _stay(consumer)
            except TECHNICAL as error:
                log.warning("order-unknown", topic=self._topic, error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)


async def _stay(consumer: Any) -> None:
    """Asks for records of paused partitions: none come, and whoever asks stays in the group however long it takes."""
    assigned = consumer.assignment() if consumer is not None else frozenset()
    if assigned:
        consumer.pause(*assigned)
        await consumer.getmany(*assigned, timeout_ms=0)
