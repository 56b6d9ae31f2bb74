"""Who may do what on Kafka, as the registry of topics has it: each right that is needed, and none besides."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from contracts.topics import ALL_TOPIC_NAMES, HEARS, SERVICES, SESSIONS, TOPICS, consumer_group, dead_letter

Operation = Literal["Read", "Write", "Create", "Describe", "DescribeConfigs"]
"""As Kafka calls them. `Read` and `Write` include `Describe`, and not `DescribeConfigs`."""
Kind = Literal["topic", "group"]
CLINICAL_SYSTEM = "clinical-system"
OPERATOR = "operator"
"""Whoever uses the command line `chairside`."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One right of one name that signs in, on one topic or consumer group."""

    who: str
    operation: Operation
    kind: Kind
    name: str


def grants() -> tuple[Grant, ...]:
    """Of the services, the clinical system and the operator."""
    return (
        *(grant for service in SERVICES for grant in _of_service(service)),
        Grant(CLINICAL_SYSTEM, "Write", "topic", SESSIONS.name),
        *_of_operator(),
    )


def _of_service(service: str) -> Iterator[Grant]:
    """An idempotent producer needs no right of its own since Kafka 3.0 (KIP-679).

    Before it starts, a service looks whether what it writes is taken: `max.message.bytes` is a setting of a topic.
    """
    for topic in HEARS[service]:
        yield Grant(service, "Read", "topic", topic.name)
        yield Grant(service, "Read", "group", consumer_group(service, topic.name))
    for name in (*(topic.name for topic in TOPICS if topic.owner == service), dead_letter(service)):
        yield Grant(service, "Write", "topic", name)
        yield Grant(service, "DescribeConfigs", "topic", name)


def _of_operator() -> Iterator[Grant]:
    """Makes the topics, reads dead letters and notes what became of them, and puts them back where they came from.

    Before a letter whose replay was cut short goes back again, its topic is read.
    """
    for name in ALL_TOPIC_NAMES:
        yield Grant(OPERATOR, "Create", "topic", name)
        yield Grant(OPERATOR, "Describe", "topic", name)
    heard = {topic.name for topics in HEARS.values() for topic in topics}
    for name in sorted({*heard, *map(dead_letter, SERVICES)}):
        yield Grant(OPERATOR, "Read", "topic", name)
        yield Grant(OPERATOR, "Write", "topic", name)
