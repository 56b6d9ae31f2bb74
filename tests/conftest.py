"""The parts that every test may ask for."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from pymongo import MongoClient

from chassis.service import COLLECT_AFTER
from dev.parts.kafka import EMBEDDED, EmbeddedKafka
from dev.parts.processes import Child
from tests.parts import cpu
from tests.parts.choice import chosen_kafka, chosen_mongo, described_mongo, running_kafka, running_mongo
from tests.parts.topics import empty_topics, make_topics
from tests.parts.warm import Nest

# As in the Makefile: services that tests start need not compile two thousand modules each.
BYTECODE = str(Path(sys.prefix) / "bytecode")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = BYTECODE
sys.dont_write_bytecode = False

# A database on a disk waits for it at each commit, and takes several times as long.
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 4 * 1024**3
if MEMORY.is_dir() and disk_usage(MEMORY).free > ENOUGH_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# A busy machine is no outage: tests of outages set the deadline of their own services.
os.environ.setdefault("CHAIRSIDE_REQUEST_DEADLINE_S", "20")

Child.start_process = Nest().start

# What is imported and collected stays, so the collector need not look at it again and again.
USUAL_GC = gc.get_threshold()
gc.set_threshold(*COLLECT_AFTER)

# How long a generated example takes says nothing about what is tested.
settings.register_profile("chairside", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chairside")

BROKER_FIXTURES = {"kafka", "fresh_kafka"}
STORE_FIXTURES = {"database"}
PARTS = {"mongo_uri", *BROKER_FIXTURES, *STORE_FIXTURES}
WITHOUT_PARTS = {Path(__file__).parent / folder for folder in ("unit", "contracts")}
"""What runs on another broker or database is not looked for there."""


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*USUAL_GC)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(cpu.Meter())


def pytest_report_header() -> str:
    """What the run stands on."""
    return f"broker: {chosen_kafka()}, database: {described_mongo()}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what crosses the broker, and what has the store in its own hands: `-m kafka` and `-m store` run all of it
    again on another broker, or another database. Raises UsageError for a test that asks for parts where none are."""
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if PARTS.intersection(asked) and WITHOUT_PARTS.intersection(item.path.parents):
            raise pytest.UsageError(f"{item.nodeid} asks for parts: it is a test of tests/integration")
        if BROKER_FIXTURES.intersection(asked) and item.get_closest_marker("any_broker") is None:
            item.add_marker(pytest.mark.kafka)
        if STORE_FIXTURES.intersection(asked):
            item.add_marker(pytest.mark.store)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap servers of the broker that all tests of the run share; it has every topic of the registry."""
    with running_kafka(chosen_kafka(), tmp_path_factory.mktemp("kafka")) as bootstrap:
        make_topics(bootstrap)
        yield bootstrap


@pytest.fixture
def fresh_kafka(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Bootstrap servers of a broker whose topics are all empty; on a shared broker they are deleted and made again."""
    if chosen_kafka() == EMBEDDED:
        with EmbeddedKafka(tmp_path / "kafka") as broker:
            make_topics(broker.bootstrap)
            yield broker.bootstrap
    else:
        shared: str = request.getfixturevalue("kafka")
        empty_topics(shared)
        yield shared
        # A test that has it for itself may have left another topic in the place of one.
        empty_topics(shared)


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of the database server that all tests of the run share."""
    with running_mongo(chosen_mongo(), tmp_path_factory.mktemp("mongodb")) as uri:
        yield uri


@pytest.fixture
def database(mongo_uri: str) -> Iterator[str]:
    """The name of a database that nobody used before; dropped after the test."""
    name = f"test_{uuid4().hex[:12]}"
    yield name
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        client.drop_database(name)
