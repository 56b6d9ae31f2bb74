"""A record as the broker's client hands it over."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.envelope import Message


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
