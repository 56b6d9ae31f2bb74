"""What a person ordered for a topic, carried out by the process that has the partition."""

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition

from chassis.messaging.batch import TECHNICAL
from chassis.messaging.control import ConsumerControl, Order
from chassis.messaging.reading import Reading, Record, Rejected, place_of, subject_of
from kernel.clock import utc_now

log = structlog.get_logger(__name__)
SKIPPED = "skipped"
"""The code of a record that a person set aside unread."""


class Orders:
    """Of one topic. What is pending is known by `look`; a database that does not answer leaves it as it was."""

    def __init__(self, control: ConsumerControl, topic: str) -> None:
        self._control = control
        self._topic = topic
        self._pending: Sequence[Order] = ()

    async def look(self) -> None:
        try:
            self._pending = await self._control.pending(self._topic)
        except TECHNICAL as error:
            log.warning("orders-unknown", topic=self._topic, error=type(error).__name__)

    def seeks(self, partitions: Iterable[int]) -> list[Order]:
        """For these partitions."""
        own = set(partitions)
        return [order for order in self._pending if order.kind == "seek" and order.partition in own]

    def without_skipped(self, records: Sequence[Record], readings: Sequence[Reading]) -> list[Reading]:
        """The readings, each of a record that is to be skipped made a rejection: nothing else of it is looked at."""
        skips = self._skips()
        return [
            _skipped(record, skips[place_of(record)]) if place_of(record) in skips else reading
            for record, reading in zip(records, readings, strict=True)
        ]

    async def note_skipped(self, records: Sequence[Record]) -> None:
        """They are parked. Raises DriverError."""
        skips = self._skips()
        for order in [skips[place_of(record)] for record in records if place_of(record) in skips]:
            await self._done(order)

    async def seek(self, consumer: Any, orders: Sequence[Order], records: Sequence[Record] = ()) -> None:
        """Goes where it was told, within what is there; `records` in hand of other partitions are read again.

        Raises KafkaError and DriverError; then nothing is lost, since nothing was committed.
        """
        for place, offset in _firsts(records).items():
            consumer.seek(place, offset)
        for order in orders:
            place = TopicPartition(self._topic, order.partition)
            first, end = (
                (await consumer.beginning_offsets([place]))[place],
                (await consumer.end_offsets([place]))[place],
            )
            offset = min(max(order.offset, first), end)
            consumer.seek(place, offset)
            await consumer.commit({place: offset})
            await self._done(order, to=offset)

    def _skips(self) -> dict[tuple[int, int], Order]:
        return {order.place: order for order in self._pending if order.kind == "skip"}

    async def _done(self, order: Order, **where: int) -> None:
        await self._control.carried_out(order, utc_now())
        self._pending = [other for other in self._pending if other != order]
        place = {"topic": self._topic, "partition": order.partition, "offset": order.offset}
        log.warning(f"consumer-{order.kind}", by=order.by, order=str(order.order_id), **place, **where)


def _skipped(record: Record, order: Order) -> Rejected:
    return Rejected(record, SKIPPED, f"set aside unread, by {order.by}", subject_of(record))


def _firsts(records: Sequence[Record]) -> dict[TopicPartition, int]:
    firsts: dict[TopicPartition, int] = {}
    for record in records:
        firsts.setdefault(TopicPartition(record.topic, record.partition), record.offset)
    return firsts
