"""What the services put together by hand is what the official CloudEvents library reads and writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent

from chassis.messaging.reading import Heard, Reader
from contracts.samples import SAMPLES
from contracts.topics import topic_of


@dataclass
class Record:
    topic: str
    value: bytes | None
    key: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    partition: int = 0
    offset: int = 0


@pytest.mark.parametrize("type_", SAMPLES)
def test_the_library_reads_what_a_service_writes(type_: str) -> None:
    sample = SAMPLES[type_]
    message = sample.message()
    headers = {name: value or b"" for name, value in message.headers}
    read = from_binary_event(KafkaMessage(headers, message.key, message.value or b""))
    assert (read.get_id(), read.get_type()) == (f"{sample.event.subject}:{sample.event.version}", type_)
    assert (read.get_source(), read.get_subject()) == (sample.source, sample.event.subject)
    assert (read.get_specversion(), read.get_datacontenttype()) == ("1.0", "application/json")
    assert read.get_time() == sample.at
    assert read.get_extension("partitionkey") == sample.event.key
    assert type(sample.event).model_validate(read.get_data()) == sample.event


@pytest.mark.parametrize("type_", SAMPLES)
def test_a_service_reads_what_the_library_writes(type_: str) -> None:
    sample = SAMPLES[type_]
    event = sample.event
    attributes: dict[str, Any] = {
        "id": f"{event.subject}:{event.version}",
        "source": sample.source,
        "type": type_,
        "subject": event.subject,
        "time": sample.at,
        "datacontenttype": "application/json",
        "specversion": "1.0",
        "partitionkey": event.key,
    }
    written = to_binary_event(CloudEvent(attributes, event.model_dump(mode="json")))
    assert isinstance(written.key, str)
    topic = topic_of(type(event))
    record = Record(topic.name, written.value, written.key.encode(), list(written.headers.items()))
    heard = Reader(topic, topic.events).read(record)
    assert isinstance(heard, Heard)
    assert heard.event == event
    by_hand = {name: value for name, value in sample.message().headers if name != "traceparent"}
    assert dict(written.headers) == by_hand
