"""How much memory each service takes while it works off a backlog."""

import asyncio
import re
import tempfile
import time
from pathlib import Path
from typing import cast

from chassis.database.mongo import Session
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Unit
from contracts.envelope import Message
from contracts.payments import PaymentReceived
from contracts.values import ActorRef
from dev.parts.apache_kafka import ApacheKafka, jars
from dev.parts.kafka import EmbeddedKafka, KafkaPart
from dev.parts.maven import NoJava
from dev.parts.service import ServicePart
from kernel.clock import utc_now
from kernel.money import Money
from tests.performance import load
from tests.performance.peak import peak_mb
from tests.performance.report import Result
from tests.performance.stage import PUBLISHED_AT_ONCE, Stage, fresh

SERVICES = ("invoicing", "payments", "cash-register", "documents")
MEMORY_MB = 200
POLL_S = 0.5
QUIET_POLLS = 6


def memory(backlog: int) -> list[Result]:
    """Invoicing's events are the backlog of payments and documents; cash-register gets payments of its own.

    On Apache Kafka where there is Java: the embedded broker answers a fetch with the whole partition, whatever the
    consumer asks for, and what is measured then is how much it sends at once.
    """
    broker = _broker()
    with fresh(backlog, broker) as stage, tempfile.TemporaryDirectory() as folder:
        asyncio.run(_publish_cash(stage, backlog))
        return [_peak(name, stage, Path(folder), backlog, broker.name) for name in SERVICES]


def _broker() -> type[KafkaPart]:
    try:
        jars()
    except NoJava:
        return EmbeddedKafka
    return ApacheKafka


def _peak(service: str, stage: Stage, folder: Path, backlog: int, broker: str) -> Result:
    settings = {"KAFKA": stage.kafka, "MONGO_URI": stage.mongo, "JWKS_URL": "http://127.0.0.1:9/", "ISSUER": "bench"}
    # Nothing below is called: payments only need to know where Stripe and documents where the mail would be.
    settings |= {
        "STRIPE_API_KEY": "sk_test_bench",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
        "STRIPE_WEBHOOK_SECRET": "whsec_x",
    }
    settings |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "9", "FONT_DIR": str(folder)}
    with ServicePart(service, folder, settings, embedded_kafka=broker == EmbeddedKafka.name) as part:
        _wait_until_quiet(part)
        mb = peak_mb(part.child.pid)
    return Result(f"memory at {backlog:,} ({broker}): {service}", mb, "MB", None, None, "< 200 MB", mb < MEMORY_MB)


def _wait_until_quiet(part: ServicePart) -> None:
    """Until it has had work and has had none for some polls."""
    quiet, handled = 0, -1.0
    while quiet < QUIET_POLLS:
        time.sleep(POLL_S)
        metrics = part.asked("/metrics").text
        now = sum(float(n) for n in re.findall(r"^chairside_handler_seconds_count\S* (\S+)$", metrics, re.MULTILINE))
        quiet = quiet + 1 if now == handled and now > 0 else 0
        handled = now


async def _publish_cash(stage: Stage, count: int) -> None:
    producer = Producer(stage.kafka, "bench")
    await producer.start()
    for first in range(0, count, PUBLISHED_AT_ONCE):
        await producer.publish([_cash(number) for number in range(first, min(first + PUBLISHED_AT_ONCE, count))])
    await producer.stop()


def _cash(number: int) -> Message:
    at, amount = utc_now(), Money(1_000, "EUR")
    unit = Unit(cast(Session, None), "/bench")
    unit.say(
        PaymentReceived(
            payment_id=f"pay_{number:032x}",
            clinic_id=load.CLINIC,
            patient_id=f"pat-{number % load.PATIENTS}",
            invoice_id=None,
            version=1,
            method="cash",
            status="settled",
            currency="EUR",
            amount=amount,
            refunded=Money(0, "EUR"),
            settled=amount,
            register_id="front",
            received_at=at,
            settled_at=at,
            changed_at=at,
            changed_by=ActorRef(actor_id="bench", role="front_desk"),
        )
    )
    return unit.messages[0]
