"""Everything twice: two relays, every event, a whole topic."""

import asyncio
from random import Random

from aiokafka import AIOKafkaConsumer

from contracts.topics import DAYS, HEARS, INVOICES, PAYMENTS, SESSIONS
from dev.parts.processes import POLL_S, free_port
from dev.run_async import run_async
from tests.faults.clinic import Clinic
from tests.faults.scenarios.work import an_hour
from tests.faults.sessions import sessions
from tests.faults.stage import Stage

HEARD = (SESSIONS, INVOICES, PAYMENTS, DAYS)


def two_relays(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Payments are taken by a process that no broker hears; two others find them in the outbox, at the same time.

    The first has published some and deleted none when the second comes.
    """
    open_invoice = an_hour(clinic, rng).invoices[-1]
    first = stage.services["payments"]
    first.stop()
    deaf = stage.add("payments", "deaf", ordinal=9, KAFKA=f"127.0.0.1:{free_port()}")
    stage.services["payments"] = stage.services.pop("deaf")
    deaf.launch()
    for _ in range(rng.randint(5, 15)):
        clinic.pay_by_transfer({**open_invoice, "invoice_id": None}, rng.randrange(1, 1_000))
    deaf.kill()
    stage.services["payments"] = first
    stage.arm("payments", "after-publish:1:stop")
    first.launch()
    stage.until(lambda: stage.halted("payments"), bool, "the first relay has published nothing")
    stage.add("payments", "payments-1", ordinal=1).launch()
    outbox = stage.database("payments")["outbox"]
    stage.until(lambda: outbox.count_documents({}), lambda rows: rows == 0, "the second relay has deleted nothing")
    first.resume()
    stage.faults["two relays"] += 1


def every_event_twice(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """Each record again right behind itself, and later everything that the services said of it."""
    visits = sessions(rng, clinic.clinic_id, 30, name="twice")
    clinic.publish([message for s in visits for message in (s.completed, s.completed)])
    again = [s.later(rng) for s in visits[::3]]
    clinic.publish([message for s in again for message in (s.corrected, s.corrected)])
    an_hour(clinic, rng)
    stage.quiet()
    written = stage.topics.catch_up()
    clinic.publish(
        [
            record.message
            for record in written
            if record.topic in {topic.name for topic in HEARD} and clinic.is_of(record)
            for _ in range(2)
        ]
    )
    stage.faults["delivered twice"] += 1


def a_topic_again(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """All records of one topic are published once more, also those of the clinics before."""
    an_hour(clinic, rng)
    stage.quiet()
    stage.topics.catch_up()
    topic = rng.choice(HEARD)
    clinic.publish([record.message for record in stage.topics.of(topic.name)])
    stage.faults["topic replayed"] += 1


def a_group_from_the_beginning(service: str, stage: Stage, clinic: Clinic, rng: Random) -> None:
    """A service hears everything again that it ever heard, as a group that lost its offsets would."""
    an_hour(clinic, rng)
    stage.quiet()
    part = stage.services.pop(service)
    part.stop()
    for topic in HEARS[service]:
        run_async(forget_offsets(stage.topics.bootstrap, service, topic.name))
    assert len(stage.topics.lags()) == len(HEARS[service]), "the service has nothing to hear again"
    stage.services[service] = part
    part.start()
    stage.faults["group from the beginning"] += 1


async def forget_offsets(bootstrap: str, service: str, topic: str) -> None:
    """Commits the beginning, as the static member that the service's process is while it runs."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=f"{service}.{topic}",
        group_instance_id=f"{service}-0",
        enable_auto_commit=False,
    )
    async with consumer:
        while not (assigned := consumer.assignment()):
            await asyncio.sleep(POLL_S)
        await consumer.commit(dict.fromkeys(assigned, 0))
