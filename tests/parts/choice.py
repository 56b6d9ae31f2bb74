"""Which broker and which database the tests use, from CHAIRSIDE_TEST_KAFKA and CHAIRSIDE_TEST_MONGO."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.parts.apache_kafka import ApacheKafka
from dev.parts.kafka import CHOICE, EMBEDDED, EmbeddedKafka
from dev.parts.mongo import EmbeddedMongo
from dev.parts.unhurried import unhurry_consumers
from tests.parts.containers import kafka_container, mongo_container


def chosen_kafka() -> str:
    """`embedded`, `apache`, `testcontainers`, or bootstrap servers."""
    return os.environ.get(CHOICE) or EMBEDDED


def chosen_mongo() -> str:
    """`embedded`, `testcontainers`, or a MongoDB URI."""
    return os.environ.get("CHAIRSIDE_TEST_MONGO") or EMBEDDED


@contextmanager
def running_kafka(choice: str, folder: Path) -> Iterator[str]:
    """Bootstrap servers of the chosen broker; skips, with the reason, what this machine cannot run."""
    match choice:
        case "embedded":
            unhurry_consumers()
            with EmbeddedKafka(folder) as broker:
                yield broker.bootstrap
        case "apache":
            with ApacheKafka(folder) as broker:
                yield broker.bootstrap
        case "testcontainers":
            with kafka_container() as bootstrap:
                yield bootstrap
        case bootstrap:
            yield bootstrap


@contextmanager
def running_mongo(choice: str, folder: Path) -> Iterator[str]:
    """The URI of the chosen database; skips, with the reason, what this machine cannot run."""
    match choice:
        case "embedded":
            with EmbeddedMongo(folder) as server:
                yield server.uri
        case "testcontainers":
            with mongo_container() as uri:
                yield uri
        case uri:
            yield uri
