"""Whether a service has heard all that a topic has: before it says of something that it is not so, or not there."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

log = structlog.get_logger(__name__)
WITHIN_S = 2.0


async def has_heard_all(consumer: Any, topic: str, handled: Mapping[Any, int]) -> bool:
    """False as well when the broker does not say, and while another instance is behind with its partitions.

    `consumer` is aiokafka's, None before it started; `handled` is how far this process is.
    """
    if consumer is None:
        return False
    try:
        async with asyncio.timeout(WITHIN_S):
            places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            ends = await consumer.end_offsets(places)
            own = {place: handled[place] for place in consumer.assignment() & handled.keys()}
            done = {place: own.get(place) or await consumer.committed(place) or 0 for place in places}
            begun = await consumer.beginning_offsets([place for place in places if done[place] < ends[place]])
    except (KafkaError, TimeoutError) as error:
        log.warning("hearing-unknown", topic=topic, error=type(error).__name__)
        return False
    # What is expired or deleted was never to be heard.
    return bool(places) and all(max(done[place], begun.get(place, 0)) >= ends[place] for place in places)
