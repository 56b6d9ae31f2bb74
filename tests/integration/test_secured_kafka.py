"""Apache Kafka with TLS and access control: each signs in as itself, in one of four ways, and may do what it needs."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
import pytest
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from documents.adapters.pdf.fonts import make
from documents.settings import cached_fonts
from typer.testing import CliRunner, Result

from chassis.messaging import connecting
from chassis.messaging.broker import Producer
from chassis.messaging.cluster import Cluster
from chassis.messaging.kafka_settings import KafkaSettings
from cli import app
from cli.letters import LETTER, STATE
from cli.terminal import out
from cli.topics import create_missing
from contracts.access import CLINICAL_SYSTEM, OPERATOR, grants
from contracts.envelope import Message
from contracts.topics import ALL_TOPIC_NAMES, HEARS, INVOICES, SERVICES, SESSIONS, Topic, dead_letter
from dev.parts.apache_kafka import jars
from dev.parts.maven import NoJava
from dev.parts.part import running
from dev.parts.service import ServicePart
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.cash_register.till import Till
from tests.integration.documents.archive import Archive
from tests.integration.invoicing.practice import GROSS_MINOR, Practice, body_of
from tests.integration.payments.desk import Desk
from tests.integration.payments.stripe_side import StripeSide
from tests.parts.certificates import Authority
from tests.parts.patience import until
from tests.parts.secured_kafka import Right, SecuredKafka, Way
from tests.parts.token_endpoint import running_endpoint
from tests.parts.wire import publish_soon, sealed

CLINIC = "clinic-berlin"
USERS = {name: f"secret-of-{name}" for name in (*SERVICES, CLINICAL_SYSTEM, OPERATOR)}
WAYS: dict[str, Way] = {
    "invoicing": "SCRAM-SHA-512",
    "payments": "SCRAM-SHA-256",
    "cash-register": "certificate",
    "documents": "OAUTHBEARER",
}
HEARD = {
    topic.name: topic.owner if topic.owner in SERVICES else CLINICAL_SYSTEM for ts in HEARS.values() for topic in ts
}
"""Topics that somebody hears, and who writes them."""


@dataclass(frozen=True)
class House:
    """All services, each with a user of its own at the broker."""

    services: Mapping[str, ServicePart]
    issuer: TokenIssuer
    smtp: SmtpSink
    stripe: StripeSandbox

    def http(self, service: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.services[service].url, timeout=60, trust_env=False, verify=False)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    try:
        jars()
    except NoJava as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("secured-kafka")
    with SecuredKafka(folder, Authority(folder / "certificates"), USERS) as kafka:
        kafka.grant()
        yield kafka


@pytest.fixture
def house(broker: SecuredKafka, mongo_uri: str, tmp_path: Path) -> Iterator[House]:
    make(cached_fonts())
    issuer, smtp = TokenIssuer(tmp_path / "tokens"), SmtpSink(tmp_path / "smtp")
    stripe = StripeSandbox(tmp_path / "stripe", webhook_secret="whsec_x", webhook_url="http://127.0.0.1:9/")
    parts = {}
    for name in SERVICES:
        environment = {
            **broker.settings(name, WAYS[name]),
            "MONGO_URI": mongo_uri,
            "MONGO_DATABASE": f"test_{uuid4().hex[:12]}",
            "JWKS_URL": issuer.jwks_url,
            "ISSUER": issuer.issuer,
            "SMTP_PORT": str(smtp.port),
            "STRIPE_API_KEY": "sk_test_x",
            "STRIPE_API_BASE": stripe.url,
            "STRIPE_WEBHOOK_SECRET": "whsec_x",
        }
        parts[name] = ServicePart(name, tmp_path / "services", environment, embedded_kafka=False)
    with running([issuer, smtp, stripe]), running(list(parts.values())):
        yield House(parts, issuer, smtp, stripe)
    assert {name: part.child.exit_code for name, part in parts.items()} == dict.fromkeys(SERVICES, 0)


def test_each_right_is_used_and_nothing_is_refused(broker: SecuredKafka, house: House) -> None:
    """Every topic is written and heard, every dead letter filled, listed and sent back: then the broker's log tells."""
    a_day_at_the_clinic(broker, house)
    for topic, writer in HEARD.items():
        publish(broker.cluster(writer), Message(topic, f"{CLINIC}/pat-1".encode(), b"not json", []))
    for service, heard in HEARS.items():
        until(partial(letters, broker, service), partial(is_one_of_each, heard))
    for service in HEARS:  # what goes back is heard by all who hear the topic, and a letter of each again
        send_back_after_a_crash(broker, service)
    assert operate(broker, "topics", "create").exit_code == 0
    assert broker.audited("Denied") == set()
    assert {right for right in broker.audited("Allowed") if right[1] != "describe"} == needed(
        "read", "write", "create", "describeconfigs"
    )
    assert needed("describe") <= broker.audited("Allowed")


def is_one_of_each(heard: Sequence[Topic], found: Sequence[object]) -> bool:
    return len(found) == len(heard)


def needed(*operations: str) -> set[Right]:
    rights = {(grant.who, grant.operation.lower(), grant.kind, grant.name) for grant in grants()}
    return {right for right in rights if right[1] in operations}


def a_day_at_the_clinic(broker: SecuredKafka, house: House) -> None:
    """A session becomes a paid invoice with a PDF, and the cash is in the till: so each service has said something."""
    practice = Practice(house.http("invoicing"), "", house.issuer, CLINIC).configured()
    desk = Desk(house.http("payments"), "", house.issuer, StripeSide(house.http("payments")), CLINIC)
    till = Till(house.http("cash-register"), "", house.issuer, CLINIC, "till-1")
    archive = Archive(house.http("documents"), "", house.issuer, house.smtp, CLINIC)
    today = datetime.now(ZoneInfo("Europe/Berlin")).date().isoformat()
    body_of(till.open(today, 10_000), 201)
    publish(broker.cluster(CLINICAL_SYSTEM), sealed(practice.session("ses-1")))
    draft = practice.until_version(1, "ses-1")
    body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1))
    cash = desk.cash(GROSS_MINOR, invoice_id=draft["invoice_id"])
    until(lambda: desk.post("/payments", cash).status_code, lambda status: status == 201)
    assert practice.until_version(3, "ses-1")["status"] == "paid"
    till.until_booked(1, today)
    assert archive.pdf(draft["invoice_id"]).status_code == 200


def letters(broker: SecuredKafka, service: str) -> list[dict[str, Any]]:
    listed = operate(broker, "dead-letters", "list", "--json", "--consumer", service)
    assert listed.exit_code == 0, listed.output
    return [json.loads(line) for line in listed.stdout.splitlines()]


def send_back_after_a_crash(broker: SecuredKafka, service: str) -> None:
    """Whether a letter has arrived whose replay was cut short, the topics themselves have to tell."""
    for letter in letters(broker, service):
        note = [(LETTER, letter["place"].encode()), (STATE, b"replaying")]
        publish(broker.cluster(OPERATOR), Message(dead_letter(service), b"", b"", note))
    done = operate(broker, "dead-letters", "replay", service, "--all")
    assert done.exit_code == 0, done.output


def operate(broker: SecuredKafka, *words: str) -> Result:
    """A command of the operator, who signs in by the same variables as a service; here by the other mechanism."""
    out.console.width = 200
    environment = {f"CHAIRSIDE_{name}": value for name, value in broker.settings(OPERATOR, "SCRAM-SHA-256").items()}
    return CliRunner(env=environment).invoke(app, words, catch_exceptions=False)


def publish(cluster: Cluster, *messages: Message) -> None:
    asyncio.run(publish_soon(cluster, *messages))


def test_a_service_that_may_not_hear_its_topic_is_not_ready_and_says_so(
    broker: SecuredKafka, mongo_uri: str, tmp_path: Path
) -> None:
    """It signs in as somebody else, who may hear other topics."""
    environment = {**broker.settings("documents"), "MONGO_URI": mongo_uri, "MONGO_DATABASE": f"test_{uuid4().hex[:12]}"}
    issuer = {"JWKS_URL": "http://127.0.0.1:9/", "ISSUER": "nobody"}
    part = ServicePart("cash-register", tmp_path, {**environment, **issuer}, embedded_kafka=False)
    part.launch()
    try:
        ready = until(partial(readiness, part.url), lambda seen: "consumers" in seen)
    finally:
        part.stop()
    assert "AuthorizationFailedError" in ready["consumers"]


def readiness(url: str) -> dict[str, str]:
    """What keeps the service from being ready, by name."""
    try:
        answer = httpx2.get(f"{url}/health/ready", timeout=10, trust_env=False, verify=False)
    except httpx2.TransportError:
        return {}
    found: dict[str, str] = answer.json().get("silent", {})
    return found


@pytest.mark.parametrize("who", [*SERVICES, CLINICAL_SYSTEM])
def test_nobody_writes_a_topic_of_somebody_else(broker: SecuredKafka, who: str) -> None:
    own = {grant.name for grant in grants() if (grant.who, grant.operation) == (who, "Write")}
    for topic in sorted(set(ALL_TOPIC_NAMES) - own)[:3]:
        with pytest.raises(TopicAuthorizationFailedError):
            publish(broker.cluster(who), Message(topic, b"key", b"{}", []))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"kafka_password": "wrong"}, "Unable to bootstrap"),
        ({"kafka_ca_file": None}, "Unable to bootstrap"),
        ({"kafka_security_protocol": "PLAINTEXT"}, "Unable to bootstrap"),
    ],
    ids=["another password", "an unknown authority", "plain text"],
)
async def test_a_stranger_is_not_let_in(broker: SecuredKafka, changes: dict[str, str | None], complaint: str) -> None:
    given = {**broker.given("invoicing"), **changes}
    if given["kafka_security_protocol"] == "PLAINTEXT":
        given = {"kafka": given["kafka"]}
    producer = Producer(KafkaSettings.checked(**given).cluster, "stranger")
    with pytest.raises(KafkaConnectionError, match=complaint):
        await producer.start()


def bearer(broker: SecuredKafka, **source: str) -> Cluster:
    place = {name.lower(): value for name, value in broker.settings("invoicing", "OAUTHBEARER").items()}
    del place["kafka_token_file"]
    return KafkaSettings.checked(**place, **source).cluster


async def test_the_token_endpoint_says_who_a_client_is(broker: SecuredKafka) -> None:
    with running_endpoint() as endpoint:
        endpoint.answer = 200, {"access_token": broker.token("invoicing"), "expires_in": 300}
        asking = {"kafka_token_url": endpoint.url, "kafka_client_id": "x", "kafka_client_secret": "x"}
        cluster = bearer(broker, **asking)
        await publish_soon(cluster, Message(INVOICES.name, b"key", b"{}", []))
        with pytest.raises(TopicAuthorizationFailedError):
            await publish_soon(cluster, Message(SESSIONS.name, b"key", b"{}", []))
        assert len(endpoint.asked) == 3  # one for each producer: the second is made anew after the refusal


async def test_a_token_that_has_expired_opens_nothing(broker: SecuredKafka, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(broker.token("invoicing", lifetime_s=-60))
    with pytest.raises(KafkaConnectionError):
        await Producer(bearer(broker, kafka_token_file=str(file)), "test").start()


async def test_who_is_not_let_in_is_not_kept_waiting(
    broker: SecuredKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker finds the signature wrong, and says so in a way that its client does not understand."""
    monkeypatch.setattr(connecting, "CONNECT_WITHIN_S", 3.0)
    head, claims, _ = broker.token("invoicing").split(".")
    file = tmp_path / "token"
    file.write_text(f"{head}.{claims}.{'A' * 342}")
    cluster = bearer(broker, kafka_token_file=str(file))
    with pytest.raises(KafkaConnectionError, match="lets us in"):
        await Producer(cluster, "test").start()
    with pytest.raises(KafkaConnectionError, match="lets us in"):
        await create_missing(cluster)
    file.write_text(broker.token("invoicing"))
    await publish_soon(cluster, Message(INVOICES.name, b"key", b"{}", []))


def test_the_command_line_says_what_is_wrong_with_its_environment(broker: SecuredKafka) -> None:
    environment = {"CHAIRSIDE_KAFKA": broker.address, "CHAIRSIDE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}
    refused = CliRunner(env=environment).invoke(app, ["topics", "create"])
    assert (refused.exit_code, refused.stderr.strip()) == (2, "CHAIRSIDE_KAFKA_USERNAME: is needed with SCRAM")
