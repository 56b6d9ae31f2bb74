"""chairside topics create."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from cli.topics import new_topic
from contracts.topics import ALL_TOPIC_NAMES, max_record_bytes
from dev.parts.kafka import EmbeddedKafka
from tests.integration.cli.terminal import chairside


@pytest.fixture
def bare_kafka(tmp_path: Path) -> Iterator[str]:
    """A broker without any topic."""
    with EmbeddedKafka(tmp_path / "kafka") as broker:
        yield broker.bootstrap


async def partitions(bootstrap: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(list(ALL_TOPIC_NAMES))
        return {topic["topic"]: len(topic["partitions"]) for topic in described}
    finally:
        await admin.close()


def test_every_topic_is_created_once_and_left_as_it_is_the_second_time(bare_kafka: str) -> None:
    first = chairside(bare_kafka, "topics", "create", "--partitions", "2")
    assert first.exit_code == 0, first.output
    assert asyncio.run(partitions(bare_kafka)) == dict.fromkeys(ALL_TOPIC_NAMES, 2)
    again = chairside(bare_kafka, "topics", "create")
    assert again.exit_code == 0, again.output
    assert (first.stdout.count("created"), again.stdout.count("exists")) == (len(ALL_TOPIC_NAMES),) * 2
    assert asyncio.run(partitions(bare_kafka)) == dict.fromkeys(ALL_TOPIC_NAMES, 2)


async def record_sizes(bootstrap: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in ALL_TOPIC_NAMES]
        answers = await admin.describe_configs(asked)
    finally:
        await admin.close()
    return {
        resource[3]: int(config[1])
        for answer in answers
        for resource in answer.resources
        for config in resource[4]
        if config[0] == "max.message.bytes"
    }


def test_a_topic_takes_what_its_records_may_weigh(bare_kafka: str) -> None:
    assert chairside(bare_kafka, "topics", "create").exit_code == 0
    assert asyncio.run(record_sizes(bare_kafka)) == {name: max_record_bytes(name) for name in ALL_TOPIC_NAMES}


def test_three_copies_need_two_that_answer_and_one_needs_itself() -> None:
    assert new_topic("payments.payments", 6, 3).topic_configs["min.insync.replicas"] == "2"
    assert "min.insync.replicas" not in new_topic("payments.payments", 6, 1).topic_configs


def test_a_broker_that_does_not_answer_is_told_in_one_line() -> None:
    failed = chairside("127.0.0.1:1", "topics", "create")
    assert failed.exit_code == 3
    assert failed.stderr.startswith("broker 127.0.0.1:1: ")
    assert failed.stderr.count("\n") == 1
