"""A record as the broker's client hands it over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.envelope import Event, Message, seal
from contracts.topics import topic_of


AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass
class ARecord:
    """What the chassis uses of a ConsumerRecord."""

    topic: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    key: bytes | None = b"clinic-berlin/pat-77"
    partition: int = 3
    offset: int = 42


def record_of(message: Message, partition: int = 3, offset: int = 42) -> ARecord:
    """The record that a message becomes."""
    return ARecord(message.topic, message.value, list(message.headers), message.key, partition, offset)


def sealed(event: Event, traceparent: str | None = None) -> Message:
    """The event as the writer of its topic puts it there."""
    return seal(
        topic=topic_of(type(event)).name, type_=event.TYPE, source="/test", subject=event.subject,
        version=event.version, key=event.key, at=AT, value=event.model_dump_json().encode(), traceparent=traceparent,
    )  # fmt: skip
