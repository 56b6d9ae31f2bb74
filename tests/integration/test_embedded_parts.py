"""Each embedded part starts, answers, keeps its data over a restart, and leaves no process behind."""

import asyncio
import os
import re
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from joserfc import jwt
from joserfc.errors import ExpiredTokenError
from joserfc.jwk import KeySet
from pymongo import MongoClient

from chassis.http.auth import Jwks, Verifier
from dev.parts.apache_kafka import ApacheKafka, jars
from dev.parts.databases import embedded_mongo
from dev.parts.kafka import EmbeddedKafka, KafkaPart
from dev.parts.maven import NoJava
from dev.parts.mongo import EmbeddedMongo
from dev.parts.mongod import Mongod, NoMongod, version
from dev.parts.part import Part
from dev.parts.processes import Child, ChildFailed
from dev.parts.secantus import SecantusDB
from dev.parts.sign_in import s256
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from tests.parts.patience import PATIENCE_S, until
from tests.parts.topics import empty_topics, make_topics

TOPIC = "clinical.sessions"


def need_apache_kafka() -> None:
    try:
        jars()
    except NoJava as missing:
        pytest.skip(str(missing))


def need(kind: object) -> None:
    try:
        if kind is Mongod:
            version()
    except NoMongod as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=[EmbeddedKafka, ApacheKafka])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KafkaPart]:
    if request.param is ApacheKafka:
        need_apache_kafka()
    with request.param(tmp_path / "broker") as part:
        yield part


async def produce(bootstrap: str, *values: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for value in values:
            await producer.send_and_wait(TOPIC, value, partition=0)


async def consume(bootstrap: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        return [(await asyncio.wait_for(consumer.getone(), PATIENCE_S)).value for _ in range(count)]


async def test_a_broker_keeps_its_records_over_a_restart(broker: KafkaPart) -> None:
    make_topics(broker.bootstrap)
    await produce(broker.bootstrap, b"before")
    broker.stop()
    broker.start()
    await produce(broker.bootstrap, b"after")
    assert await consume(broker.bootstrap, 2) == [b"before", b"after"]


async def test_a_paused_broker_goes_on_where_it_was(broker: KafkaPart) -> None:
    make_topics(broker.bootstrap)
    broker.pause()
    sending = asyncio.create_task(produce(broker.bootstrap, b"patient"))
    await asyncio.sleep(0.5)
    assert not sending.done()
    broker.resume()
    await sending
    assert await consume(broker.bootstrap, 1) == [b"patient"]


async def test_emptied_topics_hold_only_what_came_later(broker: KafkaPart) -> None:
    make_topics(broker.bootstrap)
    await produce(broker.bootstrap, b"old", b"older")
    empty_topics(broker.bootstrap)
    await produce(broker.bootstrap, b"new")
    assert await consume(broker.bootstrap, 1) == [b"new"]


async def test_apache_kafka_keeps_acknowledged_records_over_kill_9(tmp_path: Path) -> None:
    need_apache_kafka()
    with ApacheKafka(tmp_path / "broker") as broker:
        make_topics(broker.bootstrap)
        await produce(broker.bootstrap, b"acknowledged")
        broker.kill()
        broker.start()
        assert await consume(broker.bootstrap, 1) == [b"acknowledged"]


@pytest.fixture(params=[Mongod, SecantusDB])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> EmbeddedMongo:
    """Each of the databases that run on this machine, not started yet."""
    need(request.param)
    part: EmbeddedMongo = request.param(tmp_path / "mongodb")
    return part


def test_a_database_keeps_acknowledged_writes_over_kill_9(server: EmbeddedMongo) -> None:
    with server:
        with MongoClient[dict[str, Any]](server.uri, serverSelectionTimeoutMS=1_000) as client:
            for number in range(20):
                client.books.entries.insert_one({"_id": number})
            server.kill()
        server.start()
        with MongoClient[dict[str, Any]](server.uri) as client:
            assert [entry["_id"] for entry in client.books.entries.find(sort=[("_id", 1)])] == list(range(20))


def test_a_database_goes_on_with_its_data_on_another_port(server: EmbeddedMongo) -> None:
    with server, MongoClient[dict[str, Any]](server.uri) as client:
        client.books.entries.insert_one({"_id": 1})
    with type(server)(server.folder) as moved, MongoClient[dict[str, Any]](moved.uri) as client:
        client.books.entries.insert_one({"_id": 2})
        assert client.books.entries.count_documents({}) == 2


def test_a_database_runs_transactions(server: EmbeddedMongo) -> None:
    with server, MongoClient[dict[str, Any]](server.uri) as client, client.start_session() as session:
        client.books.create_collection("entries")
        with session.start_transaction():
            client.books.entries.insert_one({"_id": 1}, session=session)
            assert client.books.entries.count_documents({}) == 0
        assert client.books.entries.count_documents({}) == 1


def test_mail_is_kept_as_a_file_over_a_restart(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Rechnung für Łucja"
    mail.set_content("Bezahlt.")
    with SmtpSink(tmp_path) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port) as client:
            client.send_message(mail, "clinic@example.org", ["lucja@example.org"])
        sink.stop()
        sink.start()
        [kept] = sink.messages()
    assert (kept["Subject"], kept["X-RcptTo"]) == ("Rechnung für Łucja", "lucja@example.org")
    assert kept.get_content().strip() == "Bezahlt."


def test_a_token_is_verified_by_the_keys_that_discovery_names_also_after_a_restart(tmp_path: Path) -> None:
    with TokenIssuer(tmp_path) as issuer:
        token = issuer.mint("billing_manager", "clinic-berlin")
        issuer.stop()
        issuer.start()
        discovery = httpx2.get(f"{issuer.issuer}/.well-known/openid-configuration").json()
        keys = KeySet.import_key_set(httpx2.get(discovery["jwks_uri"]).json())
    claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": discovery["issuer"]}, aud={"essential": True, "value": "chairside"}
    )
    registry.validate(claims)
    assert (claims["roles"], claims["clinics"]) == (["billing_manager"], ["clinic-berlin"])


def test_an_issuer_shows_only_the_public_half_of_its_key_and_mints_expired_tokens_too(tmp_path: Path) -> None:
    with TokenIssuer(tmp_path) as issuer:
        [key] = httpx2.get(issuer.jwks_url).json()["keys"]
        assert "d" not in key
        assert httpx2.get(f"{issuer.issuer}/issuer-key.json").status_code == 404
        expired = jwt.decode(issuer.mint("auditor", lifetime_s=-60), KeySet.import_key_set({"keys": [key]}))
    with pytest.raises(ExpiredTokenError):
        jwt.JWTClaimsRegistry().validate(expired.claims)


async def test_a_browser_signs_in_is_let_in_by_a_service_and_signs_out(tmp_path: Path) -> None:
    back, verifier = "http://127.0.0.1:9/callback", "v" * 43
    with TokenIssuer(tmp_path, redirect_uris=[back], signed_out_uris=[back]) as issuer:
        http = httpx2.Client(trust_env=False, verify=False)
        known = http.get(f"{issuer.issuer}/.well-known/openid-configuration").json()
        asked = {"client_id": "desk", "redirect_uri": back, "response_type": "code", "scope": "openid", "state": "s"}
        asked |= {"nonce": "n", "code_challenge": s256(verifier), "code_challenge_method": "S256"}
        page = http.get(known["authorization_endpoint"], params=asked)
        hidden = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text))
        assert (page.status_code, {name: unescape(value) for name, value in hidden.items()}) == (200, asked)
        chosen = {**asked, "person": "usr-jonas-abel"}
        sent = urlsplit(http.post(known["authorization_endpoint"], data=chosen).headers["Location"])
        form = {"grant_type": "authorization_code", "client_id": "desk", "redirect_uri": back}
        form |= {"code": parse_qs(sent.query)["code"][0], "code_verifier": verifier}
        given = http.post(known["token_endpoint"], data=form).json()
        caller = await Verifier(Jwks(known["jwks_uri"]), issuer=known["issuer"], audience="chairside").verify(
            given["access_token"]
        )
        assert (caller.sub, sorted(caller.roles)) == ("usr-jonas-abel", ["billing_manager"])
        assert caller.sees("clinic-berlin")
        keys = KeySet.import_key_set(http.get(known["jwks_uri"]).json())
        claims = jwt.decode(given["id_token"], keys, algorithms=["RS256"]).claims
        assert (claims["aud"], claims["nonce"], claims["sub"]) == ("desk", "n", caller.sub)
        away = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": back}
        assert http.get(known["end_session_endpoint"], params=away).headers["Location"] == back
        renewing = {"grant_type": "refresh_token", "client_id": "desk", "refresh_token": given["refresh_token"]}
        over = http.post(known["token_endpoint"], data=renewing)
        assert (over.status_code, over.json()["error"]) == (400, "invalid_grant")
        elsewhere = http.get(known["authorization_endpoint"], params={**asked, "redirect_uri": "http://127.0.0.1:9/"})
        assert (elsewhere.status_code, elsewhere.headers.get("Location")) == (400, None)


@pytest.mark.parametrize("make", [EmbeddedKafka, Mongod, SecantusDB, SmtpSink, TokenIssuer])
def test_a_part_ends_without_leaving_a_process(make: Callable[[Path], Part], tmp_path: Path) -> None:
    need(make)
    with make(tmp_path) as part:
        group = part.child.pid
    assert part.child.exit_code is not None
    # Whoever forked it reaps it once its end was told: a moment after.
    until(lambda: _is_there(group), lambda there: not there)


def _is_there(group: int) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return True
    return False


def test_a_child_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    child = Child("broken", [sys.executable, "-c", "raise SystemExit('no data folder')"], tmp_path / "log")
    child.start()
    with pytest.raises(ChildFailed, match="no data folder"):
        child.wait_until(lambda: 1 / 0, within_s=10)


@pytest.mark.parametrize("part", ["sleeper", "database"])
def test_a_child_dies_with_its_parent_even_by_kill_9(part: str, tmp_path: Path) -> None:
    child = orphaned(part, tmp_path)
    wait_for_end(child)


def test_a_database_starts_on_the_data_of_one_that_is_still_ending(tmp_path: Path) -> None:
    predecessor = orphaned("database", tmp_path)
    with embedded_mongo(tmp_path) as successor:
        assert successor.child.pid != predecessor


def orphaned(part: str, folder: Path) -> int:
    """The pid of a child whose parent was killed a moment ago."""
    program = [sys.executable, "-c", PARENT, part, str(folder)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    return child


def wait_for_end(pid: int) -> None:
    """Returns when the process is gone, or dead and only waiting for whoever adopted it."""

    def is_over() -> bool:
        try:
            return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
        except OSError:  # also when it goes while it is read
            return True

    until(is_over)


PARENT = """
import sys, time
from pathlib import Path
from dev.parts.databases import embedded_mongo
from dev.parts.processes import Child

part, folder = sys.argv[1], Path(sys.argv[2])
child = Child("sleeper", ["sleep", "600"], folder / "log")
if part == "database":
    child = embedded_mongo(folder).start().child
else:
    child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
