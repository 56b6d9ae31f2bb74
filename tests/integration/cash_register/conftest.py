"""Cash-register as it runs: its own process, on a real broker and database, called over HTTP with real tokens."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from cash_register.store import INDEXES, Store

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox
from chassis.service import OWN_INDEXES
from dev.parts.service import ServicePart
from dev.parts.tokens import TokenIssuer
from tests.integration.cash_register.kept_books import Books
from tests.integration.cash_register.till import Till
from tests.parts.topics import hear_from_now_on

CLINIC = "clinic-berlin"


@pytest.fixture(scope="package")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenIssuer]:
    with TokenIssuer(tmp_path_factory.mktemp("tokens")) as running:
        yield running


@pytest.fixture(scope="package")
def settings(kafka: str, mongo_uri: str, issuer: TokenIssuer) -> dict[str, str]:
    """Of a cash-register with a database of its own."""
    return {
        "KAFKA": kafka,
        "MONGO_URI": mongo_uri,
        "MONGO_DATABASE": f"test_{uuid4().hex[:12]}",
        "JWKS_URL": issuer.jwks_url,
        "ISSUER": issuer.issuer,
        "RECKON_EVERY_S": "0.2",
        "STREAM_CLIENTS": "3",
        "STREAM_POLL_S": "0.05",
    }


@pytest.fixture(scope="package")
def service(kafka: str, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServicePart]:
    """A running cash-register; it ends well when it is told to."""
    hear_from_now_on(kafka, "cash-register")
    with ServicePart("cash-register", tmp_path_factory.mktemp("service"), settings) as running:
        yield running
    assert running.child.exit_code == 0, running.child.log_tail()


@pytest.fixture
def till(service: ServicePart, kafka: str, issuer: TokenIssuer) -> Iterator[Till]:
    """A register that nobody used before, as the front desk of its clinic sees it."""
    with httpx2.Client(base_url=service.url, timeout=30, trust_env=False, verify=False) as http:
        yield Till(http, kafka, issuer, CLINIC, f"register-{uuid4().hex[:8]}")


@pytest.fixture
def mortal(settings: dict[str, str], tmp_path: Path) -> Iterator[ServicePart]:
    """A cash-register with a database and a consumer group of its own, not started yet."""
    name = uuid4().hex[:12]
    own = {"SERVICE": f"cash-register-{name}", "MONGO_DATABASE": f"test_{name}"}
    hear_from_now_on(settings["KAFKA"], "cash-register", own["SERVICE"])
    service = ServicePart("cash-register", tmp_path / "service", {**settings, **own})
    yield service
    service.stop()


@pytest.fixture
def own_till(mortal: ServicePart, kafka: str, issuer: TokenIssuer) -> Iterator[Till]:
    with httpx2.Client(base_url=mortal.url, timeout=60, trust_env=False, verify=False) as http:
        yield Till(http, kafka, issuer, f"clinic-{uuid4().hex[:8]}", "front")


@pytest.fixture
async def books(kafka: str, mongo_uri: str, database: str) -> AsyncIterator[Books]:
    mongo = Mongo(mongo_uri, database)
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    producer = Producer(kafka, "test")
    await producer.start()
    yield Books(mongo, Store.of(mongo), Outbox(mongo, producer, "/chairside/cash-register"))
    await producer.stop()
    await mongo.close()
