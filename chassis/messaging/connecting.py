"""Connecting to Kafka, or saying that it does not let us in: of itself a client of aiokafka may wait for ever.

A broker that refuses a bearer token says so in a challenge (RFC 7628, section 3.2.2). aiokafka takes that for success,
is told of no broker by the next answer, and waits for one, or asks nobody.
"""

from typing import Any, Protocol

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError

from chassis.tasks import within

CONNECT_WITHIN_S = 30.0
"""A broker that has just started may take some seconds to give out producer ids."""


class Client(Protocol):
    """What aiokafka's producer, consumer and admin client have in common."""

    async def start(self) -> Any:
        """Connects."""


async def connect(client: Client) -> None:
    """Starts the client. Raises KafkaError; it may be stopped then, and never be started again."""
    try:
        await within(CONNECT_WITHIN_S, _started(client))
    except (TimeoutError, NodeNotReadyError):
        raise KafkaConnectionError(f"no broker lets us in (waited up to {CONNECT_WITHIN_S:g} s)") from None


async def _started(client: Client) -> None:
    await client.start()
    if isinstance(client, AIOKafkaAdminClient):
        await client.describe_cluster()  # of itself it asks nobody before the first command
