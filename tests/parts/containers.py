"""Broker and database as containers, where a Docker engine answers: the images that docker-compose.yml has."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import docker
import pytest
from docker.errors import DockerException
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from testcontainers.core.container import DockerContainer

from dev.parts.kafka import list_topics
from dev.parts.processes import free_port, wait_until
from dev.run_async import run_async

KAFKA_IMAGE = "apache/kafka:4.1.1"
MONGO_IMAGE = "mongo:8"
READY_WITHIN_S = 120
ALREADY_INITIALIZED = 23


@contextmanager
def kafka_container() -> Iterator[str]:
    """Bootstrap servers of a KRaft node in a container."""
    port = free_port()  # a broker tells its clients the port, so it has to be known before the start
    bootstrap = f"127.0.0.1:{port}"
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{bootstrap}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    }
    with _started(DockerContainer(KAFKA_IMAGE).with_envs(**settings).with_bind_ports(9092, port)):
        wait_until(lambda: run_async(list_topics(bootstrap)), READY_WITHIN_S)
        yield bootstrap


@contextmanager
def mongo_container() -> Iterator[str]:
    """The URI of a replica set of one in a container: transactions need a set."""
    container = DockerContainer(MONGO_IMAGE).with_command("--replSet tests --bind_ip_all").with_exposed_ports(27017)
    with _started(container):
        uri = f"mongodb://127.0.0.1:{container.get_exposed_port(27017)}/?directConnection=true"
        wait_until(lambda: _make_primary(uri), READY_WITHIN_S)
        yield uri


@contextmanager
def _started(container: DockerContainer) -> Iterator[None]:
    with ExitStack() as ending:
        try:
            engine = docker.from_env()
            ending.callback(engine.close)
            engine.ping()
            ending.enter_context(container)
        except DockerException as refused:
            pytest.skip(f"no Docker engine that can run {container.image}: {refused}")
        yield


def _make_primary(uri: str) -> None:
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=1_000) as client:
        try:
            client.admin.command(
                "replSetInitiate", {"_id": "tests", "members": [{"_id": 0, "host": "127.0.0.1:27017"}]}
            )
        except OperationFailure as refused:
            if refused.code != ALREADY_INITIALIZED:
                raise
        if not client.admin.command("hello")["isWritablePrimary"]:
            raise ConnectionError("no primary yet")
