"""MongoDB over TLS: each service signs in by certificate, and works in its own database alone."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError
from typer.testing import CliRunner

from chassis.database.address import MongoSettings
from chassis.database.mongo import Mongo
from cli import app
from contracts.topics import SERVICES
from deploy.mongo.prepare import prepare, users_of
from dev.parts.mongod import NoMongod, version
from dev.parts.service import ServicePart
from dev.parts.tokens import TokenIssuer
from tests.integration.invoicing.practice import Practice
from tests.parts.certificates import ORGANIZATION, Authority
from tests.parts.secured_mongod import SET, Client, SecuredMongod

UNAUTHORIZED = 13
KEY_PASSWORD = "secret-of-the-key"
SUBJECT = f"CN={{service}},O={ORGANIZATION}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredMongod]:
    try:
        version()
    except NoMongod as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("secured-mongod")
    with SecuredMongod(folder, Authority(folder / "certificates")) as mongod:
        uri = mongod.make_root("secret-of-root")
        for _ in range(2):  # it runs at each start
            prepare(uri, SET, mongod.address, users_of(SUBJECT))
        yield mongod


def settings(server: SecuredMongod, service: str) -> dict[str, str]:
    """What a process finds in its environment, without the prefix: no password of the database, one of the key."""
    secret = server.folder / "key-password"
    secret.write_text(f"{KEY_PASSWORD}\n")
    return {
        "MONGO_URI": f"mongodb://{server.address}/?authMechanism=MONGODB-X509&directConnection=true",
        "MONGO_CA_FILE": str(server.authority.file),
        "MONGO_CERTIFICATE_FILE": str(server.authority.issue(service, KEY_PASSWORD)),
        "MONGO_KEY_PASSWORD_FILE": str(secret),
    }


def address(server: SecuredMongod, service: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in settings(server, service).items():
        monkeypatch.setenv(f"CHAIRSIDE_{name}", value)
    return MongoSettings.load().mongo_address


@pytest.mark.parametrize("driver", ["pymongo", "motor"])
async def test_a_service_works_in_its_own_database(
    server: SecuredMongod, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongo = Mongo(address(server, "payments", monkeypatch), "payments", driver)  # type: ignore[arg-type]
    try:
        await mongo.ensure_indexes({"things": []})
        await mongo.transaction(lambda session: mongo.collection("things").insert_one({"_id": driver}, session=session))
        assert await mongo.collection("things").count_documents({"_id": driver}) == 1
    finally:
        await mongo.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_no_other_database_and_drops_nothing(
    server: SecuredMongod, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client(address(server, service, monkeypatch)) as client:
        client[service].things.insert_one({"_id": uuid4().hex})
        for other in {*SERVICES, "admin", "local", "elsewhere"} - {service}:
            with pytest.raises(OperationFailure) as refused:
                client[other].things.find_one()
            assert refused.value.code == UNAUTHORIZED
        for what in ({"drop": "things"}, {"dropDatabase": 1}, {"createUser": "x", "pwd": "x", "roles": []}):
            with pytest.raises(OperationFailure) as refused:
                client[service].command(what)
            assert refused.value.code == UNAUTHORIZED, what


def test_who_has_no_certificate_is_nobody(server: SecuredMongod) -> None:
    with Client(f"mongodb://{server.address}/?{server.tls}") as client, pytest.raises(OperationFailure) as refused:
        client.payments.things.find_one()
    assert refused.value.code == UNAUTHORIZED


@pytest.mark.parametrize("tls", ["", "tls=true&"], ids=["plain text", "an authority that nobody knows"])
def test_a_connection_that_cannot_be_trusted_is_not_made(server: SecuredMongod, tls: str) -> None:
    with (
        Client(f"mongodb://{server.address}/?{tls}directConnection=true", serverSelectionTimeoutMS=1_500) as client,
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client.admin.command("ping")


def test_invoicing_runs_by_certificate_and_its_history_is_verified_by_it(
    server: SecuredMongod, kafka: str, tmp_path: Path
) -> None:
    issuer = TokenIssuer(tmp_path / "tokens")
    environment = {
        **settings(server, "invoicing"),
        "KAFKA": kafka,
        "JWKS_URL": issuer.jwks_url,
        "ISSUER": issuer.issuer,
    }
    clinic = f"clinic-{uuid4().hex[:8]}"
    with issuer, ServicePart("invoicing", tmp_path / "services", environment) as invoicing:
        http = httpx2.Client(base_url=invoicing.url, timeout=60, trust_env=False, verify=False)
        practice = Practice(http, kafka, issuer, clinic).configured()
        practice.finalized()
    environment = {f"CHAIRSIDE_{name}": value for name, value in settings(server, "invoicing").items()}
    verified = CliRunner(env=environment).invoke(
        app, ["verify-revisions", "--service", "invoicing", "--clinic", clinic, "--json"], catch_exceptions=False
    )
    assert verified.exit_code == 0, verified.output
    assert '"findings": []' in verified.stdout
