"""The users that deploy.mongo.prepare makes, on a server that asks for passwords."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from chassis.database.mongo import Mongo
from chassis.database.predecessor import Identity
from contracts.topics import SERVICES
from deploy.mongo.prepare import User, password_of, prepare, users_of
from dev.parts.databases import embedded_mongo
from dev.parts.mongo import EmbeddedMongo
from dev.parts.mongod import Mongod
from tests.parts.patience import soon

UNAUTHORIZED = 13
AUTHENTICATION_FAILED = 18
Client = MongoClient[dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongo]:
    """It asks for passwords, and has had its users made by `prepare`."""
    server = embedded_mongo(tmp_path_factory.mktemp("guarded"))
    with server, Client(server.uri) as client:
        client.admin.command("createUser", "root", pwd="secret", roles=[{"role": "root", "db": "admin"}])
    server.options = (f"--keyFile={key_file(server.folder)}",) if isinstance(server, Mongod) else ("--auth",)
    with server:
        prepare_with(server)
        yield server


def key_file(folder: Path) -> Path:
    """By which members of a replica set know each other: MongoDB has no passwords in a set without one."""
    file = folder / "key"
    file.touch(mode=0o600)
    file.write_text(token_hex(32))
    return file


def signed_in(server: EmbeddedMongo, name: str, password: str, source: str) -> Client:
    return Client(f"mongodb://{name}:{password}@{server.address}/?authSource={source}&directConnection=true")


def prepare_with(server: EmbeddedMongo, **passwords: str) -> None:
    uri = f"mongodb://root:secret@{server.address}/?directConnection=true"
    users = {service: User(service, passwords.get(service, f"pw-{service}")) for service in SERVICES}
    prepare(uri, "chairside", server.address, users)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_only_its_own_database(server: EmbeddedMongo, service: str) -> None:
    with signed_in(server, service, f"pw-{service}", service) as client:
        client[service].things.insert_one({"_id": 1})
        client[service].things.create_index("name")
        assert client[service].things.count_documents({}) == 1
        for other in {*SERVICES, "admin", "elsewhere"} - {service}:
            with pytest.raises(OperationFailure) as refused:
                client[other].things.find_one()
            assert refused.value.code == UNAUTHORIZED


def test_a_service_cannot_take_away_what_is_there(server: EmbeddedMongo) -> None:
    with signed_in(server, "invoicing", "pw-invoicing", "invoicing") as client:
        client.invoicing.lasting.create_index("name", name="by-name")
        for what in ({"drop": "lasting"}, {"dropIndexes": "lasting", "index": "by-name"}, {"dropDatabase": 1}):
            with pytest.raises(OperationFailure) as refused:
                client.invoicing.command(what)
            assert refused.value.code == UNAUTHORIZED, what


def test_a_service_cannot_make_users(server: EmbeddedMongo) -> None:
    with signed_in(server, "payments", "pw-payments", "payments") as client, pytest.raises(OperationFailure) as refused:
        client.payments.command("createUser", "intruder", pwd="x", roles=[])
    assert refused.value.code == UNAUTHORIZED


def test_a_second_run_keeps_the_data_and_brings_the_new_password(server: EmbeddedMongo) -> None:
    with signed_in(server, "payments", "pw-payments", "payments") as client:
        client.payments.kept.insert_one({"_id": 1})
    prepare_with(server, payments="renewed")
    with signed_in(server, "payments", "renewed", "payments") as client:
        assert client.payments.kept.count_documents({}) == 1
    with signed_in(server, "payments", "pw-payments", "payments") as client, pytest.raises(OperationFailure) as refused:
        client.payments.kept.find_one()
    prepare_with(server)
    assert refused.value.code == AUTHENTICATION_FAILED


def test_a_service_without_a_password_is_not_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASH_REGISTER_PASSWORD", "")
    with pytest.raises(SystemExit, match="CASH_REGISTER_PASSWORD"):
        password_of("cash-register")


def test_a_subject_names_each_service() -> None:
    assert users_of("CN={service},O=Clinic")["cash-register"] == User("CN=cash-register,O=Clinic")
    with pytest.raises(SystemExit, match=r"--x509"):
        users_of("CN=chairside")


async def test_a_service_needs_no_more_rights_to_end_what_its_dead_predecessor_left_open(server: EmbeddedMongo) -> None:
    """The connections of one that lives are seen with these rights, too: its transaction stays."""
    if not isinstance(server, Mongod):
        pytest.skip("SecantusDB does not tell of idle transactions")
    uri = f"mongodb://payments:pw-payments@{server.address}/?authSource=payments&directConnection=true"
    dead, living, successor = (Identity("payments", "0", "payments") for _ in range(3))
    mongo = Mongo(uri, "payments", identity=successor)
    with Client(uri, appName=dead.app_name) as gone, Client(uri, appName=living.app_name) as there:
        for client in (gone, there):
            session = client.start_session()
            session.start_transaction()
            client.payments.locked.insert_one({"_id": id(client)}, session=session)
        assert await ended_by(mongo) == 0
        gone.close()
        assert await soon(partial(ended_by, mongo)) == 1  # the server misses a closed connection a moment later
        session.commit_transaction()
        assert [row["_id"] for row in there.payments.locked.find()] == [id(there)]
    await mongo.close()


async def ended_by(mongo: Mongo) -> int:
    assert mongo._predecessor is not None
    return await mongo._predecessor.end_transactions()
