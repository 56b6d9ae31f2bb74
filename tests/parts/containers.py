"""Broker and database as containers, where a Docker engine answers."""

from collections.abc import Iterator
from contextlib import contextmanager

import docker
import pytest
from docker.errors import DockerException
from testcontainers.community.kafka import KafkaContainer
from testcontainers.community.mongodb import MongoDBAtlasLocalContainer

# Transactions need a replica set; of MongoDB's own images this is the one that is a replica set of one by itself.
MONGO_IMAGE = "mongodb/mongodb-atlas-local:8.0.13"


@contextmanager
def kafka_container() -> Iterator[str]:
    """Bootstrap servers of a KRaft broker in a container."""
    _skip_without_engine()
    with KafkaContainer().with_kraft() as container:
        yield container.get_bootstrap_server()


@contextmanager
def mongo_container() -> Iterator[str]:
    """The URI of a replica set of one in a container."""
    _skip_without_engine()
    with MongoDBAtlasLocalContainer(MONGO_IMAGE) as container:
        yield container.get_connection_url()


def _skip_without_engine() -> None:
    try:
        engine = docker.from_env()
        engine.ping()
        engine.close()
    except DockerException as absent:
        pytest.skip(f"no Docker engine answers: {absent}")
