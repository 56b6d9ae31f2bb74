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


Bootstrap = Annotated[
    str,
    typer.Option(
        envvar="CHAIRSIDE_KAFKA",
        default_factory=_default_bootstrap,
        show_default=f"kafka in {ENDPOINTS}, or 127.0.0.1:9092",
        help="Kafka brokers, host:port.",
    ),
]


def _default_uri() -> str:
    return endpoint("mongodb") or "mongodb://127.0.0.1:27017"


MongoUri = Annotated[
    str,
    typer.Option(
        "--mongo",
        envvar="CHAIRSIDE_MONGO_URI",
        default_factory=_default_uri,
        show_default=f"mongodb in {ENDPOINTS}, or 127.0.0.1:27017",
        help="The database.",
    ),
]


def run(work: Coroutine[Any, Any, T], bootstrap: str) -> T:
    """Ends the process with one line when the broker refuses or does not answer."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except (KafkaError, OSError) as error:
        fail(f"broker {bootstrap}: {error}", UNREACHABLE)


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator["Producer"]:
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
