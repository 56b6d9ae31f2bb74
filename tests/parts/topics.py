"""Topics on a test broker: made when missing, emptied by deleting and making them again, or passed over."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import CommitFailedError, for_code

from contracts.topics import ALL_TOPIC_NAMES, HEARS, max_record_bytes
from dev.run_async import run_async

PARTITIONS = 4
POLL_S = 0.05


def make_topics(bootstrap: str, *names: str) -> None:
    """Makes those of the named topics, or of the registry's, that the broker lacks."""
    run_async(_make(bootstrap, set(names or ALL_TOPIC_NAMES)))


def empty_topics(bootstrap: str) -> None:
    """Deletes the topics of the registry, with all records and offsets, and makes them again."""
    run_async(_empty(bootstrap))


def hear_from_now_on(bootstrap: str, service: str, name: str = "") -> None:
    """A new process of the service, under a name of its own, passes over what other tests have said before it."""
    run_async(_pass_over(bootstrap, {f"{name or service}.{topic.name}": topic.name for topic in HEARS[service]}))


async def _make(bootstrap: str, names: set[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await _create(admin, names - set(await admin.list_topics()))
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
    wanted = [
        NewTopic(name, PARTITIONS, 1, topic_configs={"max.message.bytes": str(max_record_bytes(name))})
        for name in sorted(names)
    ]
    answer = await admin.create_topics(wanted)
    for name, code, *_ in answer.topic_errors:
        if code:
            raise for_code(code)(name)
    while names - set(await admin.list_topics()):
        await asyncio.sleep(POLL_S)


async def _pass_over(bootstrap: str, topics: Mapping[str, str]) -> None:
    await asyncio.gather(*(_commit_ends(bootstrap, group, topic) for group, topic in topics.items()))


async def _commit_ends(bootstrap: str, group: str, topic: str) -> None:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False) as consumer:
        consumer.assign([TopicPartition(topic, partition) for partition in range(PARTITIONS)])
        # Apache Kafka keeps a static member that stopped for as long as its session, and lets nobody else commit for
        # its group meanwhile: then the service reads all that others have said, as it also may.
        with suppress(CommitFailedError):
            await consumer.commit(await consumer.end_offsets(consumer.assignment()))
