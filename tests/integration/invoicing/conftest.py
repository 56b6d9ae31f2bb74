"""Invoicing as it runs: its own process, on a real broker and database, called over HTTP with real tokens."""

from collections.abc import AsyncIterator, Callable, Iterator
from uuid import uuid4

import httpx2
import pytest
from invoicing.store import INDEXES

from chassis.database.mongo import Driver, Mongo
from chassis.service import OWN_INDEXES
from dev.parts.kafka import EmbeddedKafka
from dev.parts.service import ServicePart
from dev.parts.tokens import TokenIssuer
from tests.integration.invoicing.own_store import OwnStore
from tests.integration.invoicing.practice import Practice
from tests.parts.topics import hear_from_now_on

Settings = dict[str, str]


@pytest.fixture(scope="package")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenIssuer]:
    with TokenIssuer(tmp_path_factory.mktemp("tokens")) as running:
        yield running


@pytest.fixture(scope="package")
def settings(kafka: str, mongo_uri: str, issuer: TokenIssuer) -> Settings:
    """For the processes of one service, with a database of its own."""
    return {
        "KAFKA": kafka,
        "MONGO_URI": mongo_uri,
        "MONGO_DATABASE": f"test_{uuid4().hex[:12]}",
        "JWKS_URL": issuer.jwks_url,
        "ISSUER": issuer.issuer,
        # What these tests send wrong on purpose may be more than a limit for clinics lets pass.
        "DEAD_LETTER_SHARE": "1",
    }


@pytest.fixture(scope="package")
def service(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServicePart]:
    """It ends well when it is told to."""
    hear_from_now_on(settings["KAFKA"], "invoicing")
    with ServicePart("invoicing", tmp_path_factory.mktemp("service"), settings) as running:
        yield running
    assert running.child.exit_code == 0, running.child.log_tail()


@pytest.fixture
def new_practice(service: ServicePart, kafka: str, issuer: TokenIssuer) -> Iterator[Callable[[], Practice]]:
    """Makes clinics that nobody used before and nobody configured."""
    with httpx2.Client(base_url=service.url, timeout=60, trust_env=False, verify=False) as http:
        yield lambda: Practice(http, kafka, issuer, f"clinic-{uuid4().hex[:8]}")


@pytest.fixture
def practice(new_practice: Callable[[], Practice]) -> Practice:
    """A clinic with its profile and its prices."""
    return new_practice().configured()


@pytest.fixture(scope="package")
def shared_practice(service: ServicePart, kafka: str, issuer: TokenIssuer) -> Iterator[Practice]:
    """A configured clinic for tests that change nothing."""
    with httpx2.Client(base_url=service.url, timeout=60, trust_env=False, verify=False) as http:
        yield Practice(http, kafka, issuer, "clinic-shared").configured()


@pytest.fixture(scope="module")
def own_settings(settings: Settings, own_kafka: EmbeddedKafka) -> Settings:
    """For processes on that broker, with a database of their own."""
    return {**settings, "KAFKA": own_kafka.bootstrap, "MONGO_DATABASE": f"test_{uuid4().hex[:12]}"}


@pytest.fixture(params=["pymongo", "motor"])
async def own(mongo_uri: str, database: str, request: pytest.FixtureRequest) -> AsyncIterator[OwnStore]:
    """With each of the drivers."""
    driver: Driver = request.param
    mongo = Mongo(mongo_uri, database, driver)
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    yield OwnStore(mongo)
    await mongo.close()
