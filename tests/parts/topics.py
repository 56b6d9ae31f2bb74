"""Topics on a test broker: made when missing, or emptied by deleting and making them again."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from contracts.topics import ALL_TOPIC_NAMES, MAX_RECORD_BYTES
from deploy.embedded.aside import run_aside

PARTITIONS = 4
POLL_S = 0.05


def make_topics(bootstrap: str) -> None:
    """Makes the topics of the registry that the broker lacks."""
    run_aside(_make(bootstrap))


def empty_topics(bootstrap: str) -> None:
    """Deletes the topics of the registry, with all records and offsets, and makes them again."""
    run_aside(_empty(bootstrap))


async def _make(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        missing = set(ALL_TOPIC_NAMES) - set(await admin.list_topics())
        await _create(admin, missing)
    finally:
        await admin.close()


async def _empty(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        present = set(ALL_TOPIC_NAMES) & set(await admin.list_topics())
        if present:
            await admin.delete_topics(list(present))
        while present & set(await admin.list_topics()):
            await asyncio.sleep(POLL_S)
        await _create(admin, set(ALL_TOPIC_NAMES))
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    config = {"max.message.bytes": str(MAX_RECORD_BYTES)}
    answer = await admin.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs=config) for name in sorted(names)])
    for name, code, *_ in answer.topic_errors:
        if code:
            raise for_code(code)(name)
    while names - set(await admin.list_topics()):
        await asyncio.sleep(POLL_S)
