"""What the services cost while nothing happens: CPU of each, of the database and of the broker, in ms a second.

Whoever has no work waits for some. What each asks all the same, it asks of the database: that is counted too.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from dev.parts.databases import embedded_mongo
from dev.parts.kafka import EmbeddedKafka, KafkaPart
from dev.parts.part import Part
from dev.parts.service import PACKAGES, ServicePart
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from dev.stripe_sandbox.part import StripeSandbox
from tests.parts.cpu import spent_s
from tests.parts.topics import make_topics
from tests.performance.report import Result

SERVICE_MS = 3.0
SECRET = "whsec_bench"


def idle(settling_s: float, seconds: float, broker: type[KafkaPart] = EmbeddedKafka) -> list[Result]:
    """All four services at rest beside each other; what has just started looks more often than later."""
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder), broker) as (parts, database):
        time.sleep(settling_s)
        before, asked_before, begun = _spent(parts), _asked(database), time.monotonic()
        time.sleep(seconds)
        took_s = time.monotonic() - begun
        asked = _asked(database) - asked_before
        ms = {name: 1e3 * (spent - before[name]) / took_s for name, spent in _spent(parts).items()}
    return [*(_result(name, ms[name]) for name in parts), _commands(asked / took_s)]


@contextmanager
def _running(folder: Path, broker: type[KafkaPart]) -> Iterator[tuple[Mapping[str, Part], MongoClient[dict[str, Any]]]]:
    with ExitStack() as running:
        kafka = running.enter_context(broker(folder / "kafka"))
        mongo = running.enter_context(embedded_mongo(folder / "mongodb"))
        tokens = running.enter_context(TokenIssuer(folder / "tokens"))
        smtp = running.enter_context(SmtpSink(folder / "smtp"))
        url = "http://127.0.0.1:9/stripe/webhook"
        stripe = running.enter_context(StripeSandbox(folder / "stripe", webhook_secret=SECRET, webhook_url=url))
        make_topics(kafka.bootstrap)
        settings = {
            "KAFKA": kafka.bootstrap,
            "MONGO_URI": mongo.uri,
            "JWKS_URL": tokens.jwks_url,
            "ISSUER": tokens.issuer,
            "STRIPE_API_KEY": "sk_test_bench",
            "STRIPE_API_BASE": stripe.url,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "SMTP_PORT": str(smtp.port),
        }
        services = [
            ServicePart(name, folder / name, settings, embedded_kafka=broker is EmbeddedKafka) for name in PACKAGES
        ]
        for service in services:
            running.enter_context(service)
        parts = {part.name: part for part in (*services, mongo, kafka)}
        yield parts, running.enter_context(MongoClient[dict[str, Any]](mongo.uri))


def _spent(parts: Mapping[str, Part]) -> dict[str, float]:
    return {name: spent_s(part.child.pid) for name, part in parts.items()}


def _asked(database: MongoClient[dict[str, Any]]) -> int:
    """Commands of all kinds so far; a driver's own, which hold the connection, among them."""
    counted = database.admin.command("serverStatus")["opcounters"]
    return sum(count for kind, count in counted.items() if isinstance(count, int) and kind != "deprecated")


def _result(name: str, ms: float) -> Result:
    if name not in PACKAGES:
        return Result(f"idle: {name}", ms, "ms CPU/s", None, None, "shown, not asked")
    return Result(f"idle: {name}", ms, "ms CPU/s", None, None, f"<= {SERVICE_MS:g}", ms <= SERVICE_MS)


def _commands(a_second: float) -> Result:
    return Result("idle: asked of the database", a_second, "commands/s", None, None, "shown, not asked")
