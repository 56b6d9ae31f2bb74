"""The chassis under a service that does almost nothing, on a real broker and a real database."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from chassis.database.mongo import Driver, Mongo
from chassis.messaging.broker import Producer
from chassis.service import OWN_INDEXES
from dev.parts.databases import embedded_mongo
from dev.parts.mongo import EmbeddedMongo
from tests.integration.chassis.notebook import Notebook


@pytest.fixture(autouse=True)
def brief_logs() -> Iterator[None]:
    """Of an error that is logged only its repr: structlog's own default draws every frame, which takes seconds."""
    structlog.configure(processors=[structlog.stdlib.add_log_level, structlog.processors.KeyValueRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture(params=["pymongo", "motor"])
async def mongo(mongo_uri: str, database: str, request: pytest.FixtureRequest) -> AsyncIterator[Mongo]:
    """A database with the collections of the chassis, through each of the two drivers."""
    driver: Driver = request.param
    mongo = Mongo(mongo_uri, database, driver)
    await mongo.ensure_indexes(OWN_INDEXES)
    yield mongo
    await mongo.close()


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[Producer]:
    producer = Producer(kafka, "test")
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
async def notebook(kafka: str, mongo_uri: str, database: str) -> AsyncIterator[Notebook]:
    """A running service with topics and a database of its own."""
    async with Notebook(kafka, mongo_uri, database, f"notebook-{uuid4().hex[:8]}").running() as notebook:
        yield notebook


@pytest.fixture
def own_mongo(tmp_path: Path) -> Iterator[EmbeddedMongo]:
    """A database server that the test may end and start again."""
    with embedded_mongo(tmp_path / "mongodb") as server:
        yield server
