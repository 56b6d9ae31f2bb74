"""What is still on its way between the services: outbox, consumer lag, dead letters."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from prometheus_client.parser import text_string_to_metric_families

from chassis.messaging.reading import Heard, Reader
from cli.letters import Letter, read, reading
from contracts.clinical import SessionBody, SessionVoided
from contracts.topics import HEARS, SERVICES, SESSIONS, consumer_group
from dev.calls import Deadline
from dev.run_async import run_async
from dev.system import System

OUTBOX, LAG = "chairside_outbox_documents", "chairside_consumer_lag_records"
SessionEvent = SessionBody | SessionVoided
SessionKey = tuple[str, str]
"""(clinic_id, session_id)"""


@dataclass(frozen=True)
class Vitals:
    """Of one service: outbox documents and lag by its own metrics, and the lag by the broker's account."""

    outbox: int
    lag: int
    lag_at_broker: int

    @property
    def calm(self) -> bool:
        return not (self.outbox or self.lag or self.lag_at_broker)


def vitals(system: System) -> dict[str, Vitals]:
    lags = run_async(_lags(system.parts.kafka.bootstrap))
    return {name: Vitals(*_metrics(url), lags[name]) for name, url in system.operations_urls.items()}


def await_calm(system: System) -> dict[str, Vitals]:
    """Until nothing is on its way. Raises NeverHappened."""
    deadline = Deadline("empty outboxes and no lag")
    while True:
        try:
            seen = vitals(system)
        except (httpx2.HTTPError, KafkaError) as away:
            deadline.wait(type(away).__name__)
            continue
        if all(one.calm for one in seen.values()):
            return seen
        deadline.wait(seen)


def open_letters(bootstrap: str) -> dict[str, list[Letter]]:
    """By service, the dead letters that nobody has dealt with."""

    async def work() -> list[list[Letter]]:
        return await asyncio.gather(*(read(bootstrap, service) for service in SERVICES))

    found = zip(SERVICES, run_async(work()), strict=True)
    return {service: [letter for letter in letters if letter.open] for service, letters in found}


def published_sessions(bootstrap: str) -> set[SessionKey]:
    """The sessions on the topic that must have an invoice; one that was voided last may never have had one."""
    return run_async(_sessions(bootstrap))


def _metrics(url: str) -> tuple[int, int]:
    text = httpx2.get(f"{url}/metrics", timeout=30, trust_env=False, verify=False).raise_for_status().text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    sums = [sum(int(s.value) for s in samples if s.name == name) for name in (OUTBOX, LAG)]
    return sums[0], sums[1]


async def _lags(bootstrap: str) -> Mapping[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await admin.start()
    await consumer.start()
    try:
        return {service: await _lag(admin, consumer, service) for service in SERVICES}
    finally:
        await consumer.stop()
        await admin.close()


async def _lag(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, service: str) -> int:
    """What a group has not committed yet, of every topic that the service hears."""
    lag = 0
    for topic in HEARS[service]:
        done = await admin.list_consumer_group_offsets(consumer_group(service, topic.name))
        [described] = await admin.describe_topics([topic.name])
        places = [TopicPartition(topic.name, partition["partition"]) for partition in described["partitions"]]
        ends = await consumer.end_offsets(places)
        lag += sum(end - (done[place].offset if place in done else 0) for place, end in ends.items())
    return lag


async def _sessions(bootstrap: str) -> set[SessionKey]:
    reader = Reader(SESSIONS, SESSIONS.events)
    last: dict[SessionKey, SessionEvent] = {}
    async with reading(bootstrap, SESSIONS.name, None) as records:
        async for record in records:
            heard = reader.read(record)
            if not isinstance(heard, Heard):
                continue
            event: SessionEvent = heard.event
            key = (event.clinic_id, event.session_id)
            if key not in last or last[key].version < event.version:
                last[key] = event
    return {key for key, event in last.items() if not isinstance(event, SessionVoided)}
