"""Makes a replica set out of a fresh MongoDB, and for each service a user that can only work in its own database.

Safe to run again at every start: a set that exists stays, and passwords and rights follow.

    MONGO_URI=mongodb://root:…@mongo:27017/?directConnection=true INVOICING_PASSWORD=… PAYMENTS_PASSWORD=… \\
        python -m deploy.mongo.prepare --set chairside --member mongo:27017

Services that sign in by certificate have no password; {service} stands for the name of each:

        python -m deploy.mongo.prepare --set chairside --member mongo:27017 --x509 'CN={service},O=Clinic'
"""

import argparse
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import stamina
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, OperationFailure

from contracts.topics import SERVICES

Client = MongoClient[dict[str, Any]]
NOT_YET_INITIALIZED = 94
READY_WITHIN_S = 90
EXTERNAL = "$external"
ROLE = "service"
ACTIONS = (
    "find",
    "insert",
    "update",
    "remove",
    "createCollection",
    "createIndex",
    "listCollections",
    "listIndexes",
)
"""What a service does in its database. `readWrite` could also drop, rename and convert collections."""


def initiate(client: Client, name: str, member: str) -> bool:
    """Starts the replica set with one member; False if there is a set already."""
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as failure:
        if failure.code != NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": name, "members": [{"_id": 0, "host": member}]})
        return True
    return False


def wait_for_primary(client: Client) -> None:
    """Raises TimeoutError when no election ends within READY_WITHIN_S."""
    deadline = time.monotonic() + READY_WITHIN_S
    while not client.admin.command("hello")["isWritablePrimary"]:
        if time.monotonic() > deadline:
            raise TimeoutError("the replica set has elected no primary")
        time.sleep(0.2)


@dataclass(frozen=True)
class User:
    """Who a service is: a name in its own database with a password, or the subject of its certificate."""

    name: str
    password: str | None = None

    def database(self, service: str) -> str:
        """Where the user is kept: `$external` is what MongoDB calls the place of certificates."""
        return EXTERNAL if self.password is None else service


def grant(client: Client, service: str, user: User) -> None:
    """A user with the rights that a service needs, on its own database alone."""
    privileges = [{"resource": {"db": service, "collection": ""}, "actions": list(ACTIONS)}]
    _make(client[service], "Role", ROLE, {"privileges": privileges, "roles": []})
    password = {} if user.password is None else {"pwd": user.password}
    _make(client[user.database(service)], "User", user.name, {**password, "roles": [{"role": ROLE, "db": service}]})


def _make(database: Database[dict[str, Any]], kind: Literal["User", "Role"], name: str, what: dict[str, Any]) -> None:
    """Or brings it up to date."""
    plural = f"{kind.lower()}s"
    known = database.command(f"{plural}Info", name)[plural]
    database.command(f"{'update' if known else 'create'}{kind}", name, **what)


def variable_of(service: str) -> str:
    """The environment variable with the service's password: CASH_REGISTER_PASSWORD."""
    return service.upper().replace("-", "_") + "_PASSWORD"


def password_of(service: str) -> str:
    """Raises SystemExit when the environment names none."""
    if not (password := os.environ.get(variable_of(service))):
        raise SystemExit(f"{variable_of(service)} is not set")
    return password


@stamina.retry(on=ConnectionFailure, timeout=READY_WITHIN_S, attempts=None)
def prepare(uri: str, name: str, member: str, users: Mapping[str, User]) -> None:
    """Raises ConnectionFailure when the server does not answer within READY_WITHIN_S."""
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=5_000) as client:
        started = initiate(client, name, member)
        wait_for_primary(client)
        print(f"replica set: {'started' if started else 'there already'}")
        for service, user in users.items():
            grant(client, service, user)
            print(f"user {user.name}: works in the database {service}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Starts the replica set and makes the services' users")
    parser.add_argument("--set", required=True, help="the name given to mongod as --replSet")
    parser.add_argument("--member", required=True, help="host:port by which the services reach this mongod")
    parser.add_argument("--x509", metavar="SUBJECT", help="services sign in by certificates with this subject")
    options = parser.parse_args()
    prepare(os.environ["MONGO_URI"], options.set, options.member, users_of(options.x509))


def users_of(subject: str | None) -> dict[str, User]:
    """By service. Raises SystemExit when a password is missing, or all certificates would be the same."""
    if subject is None:
        return {service: User(service, password_of(service)) for service in SERVICES}
    if "{service}" not in subject:
        raise SystemExit("--x509: say where the name of the service stands, as in CN={service},O=Clinic")
    return {service: User(subject.replace("{service}", service)) for service in SERVICES}


if __name__ == "__main__":
    main()
