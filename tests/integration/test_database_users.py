"""The users that deploy.mongo.prepare makes, on a server that asks for passwords."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from contracts.topics import SERVICES
from deploy.mongo.prepare import User, password_of, prepare, users_of
from dev.parts.mongo import EmbeddedMongo

UNAUTHORIZED = 13
AUTHENTICATION_FAILED = 18
Client = MongoClient[dict[str, Any]]


class GuardedMongo(EmbeddedMongo):
    def command(self) -> Sequence[str]:
        return [*super().command(), "--auth"]

    def signed_in(self, name: str, password: str, source: str) -> Client:
        return Client(f"mongodb://{name}:{password}@{self.address}/?authSource={source}&directConnection=true")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedMongo]:
    folder = tmp_path_factory.mktemp("guarded")
    with EmbeddedMongo(folder) as open_server, Client(open_server.uri) as client:
        client.admin.command("createUser", "root", pwd="secret", roles=[{"role": "root", "db": "admin"}])
    with GuardedMongo(folder) as guarded:
        prepare_with(guarded)
        yield guarded


def prepare_with(server: GuardedMongo, **passwords: str) -> None:
    uri = f"mongodb://root:secret@{server.address}/?directConnection=true"
    users = {service: User(service, passwords.get(service, f"pw-{service}")) for service in SERVICES}
    prepare(uri, "chairside", server.address, users)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_only_its_own_database(server: GuardedMongo, service: str) -> None:
    with server.signed_in(service, f"pw-{service}", service) as client:
        client[service].things.insert_one({"_id": 1})
        client[service].things.create_index("name")
        assert client[service].things.count_documents({}) == 1
        for other in {*SERVICES, "admin", "elsewhere"} - {service}:
            with pytest.raises(OperationFailure) as refused:
                client[other].things.find_one()
            assert refused.value.code == UNAUTHORIZED


def test_a_service_cannot_take_away_what_is_there(server: GuardedMongo) -> None:
    with server.signed_in("invoicing", "pw-invoicing", "invoicing") as client:
        client.invoicing.lasting.create_index("name", name="by-name")
        for what in ({"drop": "lasting"}, {"dropIndexes": "lasting", "index": "by-name"}, {"dropDatabase": 1}):
            with pytest.raises(OperationFailure) as refused:
                client.invoicing.command(what)
            assert refused.value.code == UNAUTHORIZED, what


def test_a_service_cannot_make_users(server: GuardedMongo) -> None:
    with server.signed_in("payments", "pw-payments", "payments") as client, pytest.raises(OperationFailure) as refused:
        client.payments.command("createUser", "intruder", pwd="x", roles=[])
    assert refused.value.code == UNAUTHORIZED


def test_a_second_run_keeps_the_data_and_brings_the_new_password(server: GuardedMongo) -> None:
    with server.signed_in("payments", "pw-payments", "payments") as client:
        client.payments.kept.insert_one({"_id": 1})
    prepare_with(server, payments="renewed")
    with server.signed_in("payments", "renewed", "payments") as client:
        assert client.payments.kept.count_documents({}) == 1
    with server.signed_in("payments", "pw-payments", "payments") as client, pytest.raises(OperationFailure) as refused:
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
