"""Makes a replica set out of a fresh MongoDB, and for each service a user that sees only its own database.

Safe to run again at every start: a set that exists stays, and passwords follow the environment.

    MONGO_URI=mongodb://root:…@mongo:27017/?directConnection=true INVOICING_PASSWORD=… PAYMENTS_PASSWORD=… \\
        python -m deploy.mongo.prepare --set chairside --member mongo:27017
"""

import argparse
import os
import time
from typing import Any

import stamina
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from contracts.topics import SERVICES

Client = MongoClient[dict[str, Any]]
NOT_YET_INITIALIZED = 94
READY_WITHIN_S = 90


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


def grant(client: Client, service: str, password: str) -> None:
    """A user named as the service, kept in the service's database, with rights on that database alone."""
    database = client[service]
    known = database.command("usersInfo", service)["users"]
    database.command(
        "updateUser" if known else "createUser", service, pwd=password, roles=[{"role": "readWrite", "db": service}]
    )


def variable_of(service: str) -> str:
    """The environment variable with the service's password: CASH_REGISTER_PASSWORD."""
    return service.upper().replace("-", "_") + "_PASSWORD"


def password_of(service: str) -> str:
    """Raises SystemExit when the environment names none."""
    if not (password := os.environ.get(variable_of(service))):
        raise SystemExit(f"{variable_of(service)} is not set")
    return password


@stamina.retry(on=ConnectionFailure, timeout=READY_WITHIN_S, attempts=None)
def prepare(uri: str, name: str, member: str, passwords: dict[str, str]) -> None:
    """Raises ConnectionFailure when the server does not answer within READY_WITHIN_S."""
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=5_000) as client:
        started = initiate(client, name, member)
        wait_for_primary(client)
        print(f"replica set: {'started' if started else 'there already'}")
        for service, password in passwords.items():
            grant(client, service, password)
            print(f"user {service}: reads and writes the database {service}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Starts the replica set and makes the services' users")
    parser.add_argument("--set", required=True, help="the name given to mongod as --replSet")
    parser.add_argument("--member", required=True, help="host:port by which the services reach this mongod")
    options = parser.parse_args()
    passwords = {service: password_of(service) for service in SERVICES}
    prepare(os.environ["MONGO_URI"], options.set, options.member, passwords)


if __name__ == "__main__":
    main()
