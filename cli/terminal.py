"""What the commands share: where the broker is, where words go, and how a failure ends."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from chassis.messaging.cluster import Cluster

if TYPE_CHECKING:
    from chassis.messaging.broker import Producer

T = TypeVar("T")
WRONG, USAGE, UNREACHABLE = 1, 2, 3
ENDPOINTS = Path("var/run/endpoints.json")

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def endpoint(name: str) -> str | None:
    """Where a part answers that runs on this machine, from here; None when nothing runs."""
    try:
        found = json.loads(ENDPOINTS.read_text())[name]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _default_bootstrap() -> str:
    return endpoint("kafka") or "127.0.0.1:9092"


def _cluster(bootstrap: str) -> Cluster:
    """The brokers, and from the environment how to sign in there, by the same variables as a service."""
    from chassis.environment import Unusable
    from chassis.messaging.kafka_settings import KafkaSettings

    try:
        return KafkaSettings.checked(kafka=bootstrap).cluster
    except Unusable as error:
        fail(str(error), USAGE)


Bootstrap = Annotated[
    Cluster,
    typer.Option(
        envvar="CHAIRSIDE_KAFKA",
        default_factory=_default_bootstrap,
        parser=_cluster,
        metavar="HOST:PORT,…",
        show_default=f"kafka in {ENDPOINTS}, or 127.0.0.1:9092",
        help="Kafka brokers, host:port.",
    ),
]


def _default_uri() -> str:
    return endpoint("mongodb") or "mongodb://127.0.0.1:27017"


def _address(uri: str) -> str:
    """The URI, with the files of TLS that the environment names."""
    from chassis.database.address import MongoSettings
    from chassis.environment import Unusable

    try:
        return MongoSettings.checked(mongo_uri=uri).mongo_address
    except Unusable as error:
        fail(str(error), USAGE)


MongoUri = Annotated[
    str,
    typer.Option(
        "--mongo",
        envvar="CHAIRSIDE_MONGO_URI",
        default_factory=_default_uri,
        parser=_address,
        metavar="URI",
        show_default=f"mongodb in {ENDPOINTS}, or 127.0.0.1:27017",
        help="The database.",
    ),
]


def run(work: Coroutine[Any, Any, T], bootstrap: Cluster) -> T:
    """Ends the process with one line when the broker refuses or does not answer."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except (KafkaError, OSError) as error:
        fail(f"broker {bootstrap}: {error}", UNREACHABLE)


@asynccontextmanager
async def producing(bootstrap: Cluster) -> AsyncIterator["Producer"]:
    """A producer that waits for all replicas, for as long as it is needed."""
    # Here, because all that it stands on takes seconds to import, and most commands do without.
    from chassis.messaging.broker import Producer

    producer = Producer(bootstrap, "chairside-cli")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def fail(reason: str, code: int = WRONG) -> NoReturn:
    """Says why, and ends."""
    err.print(reason, style="red", markup=False)
    raise typer.Exit(code)
