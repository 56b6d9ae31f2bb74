"""Which broker and which database the tests use, from CHAIRSIDE_TEST_KAFKA and CHAIRSIDE_TEST_MONGO."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.parts.apache_kafka import ApacheKafka
from dev.parts.databases import MONGOD, SECANTUS, chosen_database, embedded_mongo
from dev.parts.kafka import CHOICE, EMBEDDED, EmbeddedKafka
from dev.parts.mongo import CHOICE as MONGO_CHOICE
from dev.parts.secantus import SecantusDB
from dev.parts.unhurried import unhurry_consumers
from tests.parts.containers import kafka_container, mongo_container

EMBEDDED_MONGOS = frozenset({EMBEDDED, MONGOD, SECANTUS})
"""What is started here from a Python package."""


def chosen_kafka() -> str:
    """`embedded`, `apache`, `testcontainers`, or bootstrap servers."""
    return os.environ.get(CHOICE) or EMBEDDED


def chosen_mongo() -> str:
    """`embedded`, one of the two that this can be, `testcontainers`, or a MongoDB URI."""
    return os.environ.get(MONGO_CHOICE) or EMBEDDED


def described_mongo() -> str:
    """What the database of this run is, and why it is not MongoDB itself if it is not."""
    return str(chosen_database()) if chosen_mongo() in EMBEDDED_MONGOS else chosen_mongo()


def on_secantus() -> bool:
    """Whether it is SecantusDB, which explains no query as MongoDB does."""
    return chosen_mongo() in EMBEDDED_MONGOS and chosen_database().kind is SecantusDB


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
        case one if one in EMBEDDED_MONGOS:
            with embedded_mongo(folder) as server:
                yield server.uri
        case "testcontainers":
            with mongo_container() as uri:
                yield uri
        case uri:
            yield uri
