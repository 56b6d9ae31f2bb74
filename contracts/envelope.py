"""CloudEvents 1.0 in Kafka's binary mode: attributes as `ce_` headers, the value is the event's data.

The headers are put together by hand: the `cloudevents` library costs 90 us an event, which is the whole budget; the
tests hold every message against the library, both ways.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import ClassVar

from pydantic import Field

from contracts.values import Value, rfc3339
from kernel.value import value

Headers = tuple[tuple[str, bytes], ...]
CONTENT_TYPE = ("content-type", b"application/json")
SPEC_VERSION = ("ce_specversion", b"1.0")


class Event(Value):
    """Something that happened: a full snapshot of its aggregate after the change, with the aggregate's version."""

    TYPE: ClassVar[str]
    ROOM_BYTES: ClassVar[int] = 0
    """What its value must leave free below the largest size, for what later events of the aggregate add to it."""
    version: int = Field(
        description="of the aggregate after this change, from 1; a reader drops what is not newer than it has"
    )

    @property
    def subject(self) -> str:
        """The id of the aggregate that changed."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """The Kafka key: what keeps its order."""
        raise NotImplementedError


@value
class Message:
    """A record as it goes to Kafka. Once in the outbox it never changes, so a second publication is the same bytes."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def account_key(clinic_id: str, patient_id: str) -> str:
    """Key of everything about one patient's account at one clinic."""
    return f"{clinic_id}/{patient_id}"


def to_message(
    *,
    topic: str,
    type_: str,
    source: str,
    subject: str,
    version: int,
    key: str,
    at: datetime,
    value: bytes,
    traceparent: str | None = None,
) -> Message:
    """One event as a message. The id is `subject:version`: the same change said twice carries the same id."""
    encoded_key = key.encode()
    headers = [
        *_common(source, type_, at),
        ("ce_id", f"{subject}:{version}".encode()),
        ("ce_subject", subject.encode()),
        ("ce_partitionkey", encoded_key),
    ]
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return Message(topic, encoded_key, value, headers)


@lru_cache(maxsize=256)
def _common(source: str, type_: str, at: datetime) -> Headers:
    """The headers that all events of one kind in one batch share."""
    attributes = (("ce_source", source), ("ce_type", type_), ("ce_time", rfc3339(at)))
    return (SPEC_VERSION, *((name, text.encode()) for name, text in attributes), CONTENT_TYPE)
