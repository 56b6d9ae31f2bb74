"""Whether the topics that a service writes take the largest records that it writes: looked at before it starts."""

from collections.abc import Iterator, Mapping

import structlog

from chassis.messaging.broker import Producer
from contracts.topics import DEAD_LETTER_NAMES, MAX_SAID_BYTES, TOPICS, dead_letter, max_record_bytes

log = structlog.get_logger(__name__)


class TopicTooSmall(Exception):
    """A topic would refuse what the service has to say one day."""


async def check_topic_limits(service: str, producer: Producer) -> None:
    """Raises TopicTooSmall, and KafkaError. A topic that is not there yet, or may not be described, is passed over."""
    limits = await producer.record_limits([*(topic.name for topic in TOPICS if topic.owner == service), *_own(service)])
    too_small = list(_faults(limits))
    if too_small:
        raise TopicTooSmall("; ".join(too_small))
    for name, limit in limits.items():
        if limit < max_record_bytes(name):
            log.warning("topic-limit-differs", topic=name, max_message_bytes=limit, registry=max_record_bytes(name))


def _own(service: str) -> list[str]:
    return [name for name in DEAD_LETTER_NAMES if name == dead_letter(service)]


def _faults(limits: Mapping[str, int]) -> Iterator[str]:
    for name, limit in limits.items():
        if limit < MAX_SAID_BYTES:
            yield (
                f"topic {name} takes records of {limit} bytes, and ours have up to {MAX_SAID_BYTES}:"
                f" set its max.message.bytes to {max_record_bytes(name)}"
            )
