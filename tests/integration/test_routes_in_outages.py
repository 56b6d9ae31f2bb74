"""Every route of every service, while the database is paused or gone: who asks is told so in time, and when to come
again. The routes are those of the API's own description.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx2
import pytest
import stripe
from fastapi import FastAPI

from chassis.http.deadline import AnswerCut
from dev.parts.databases import embedded_mongo
from dev.parts.kafka import EmbeddedKafka
from dev.parts.mongo import EmbeddedMongo
from dev.reference.services import STRIPE_SECRET, applications
from tests.parts.api_operations import Operation, operations_of
from tests.parts.issuer import Issuer, running_issuer
from tests.parts.patience import soon
from tests.parts.web import client_of

pytestmark = [pytest.mark.any_broker, pytest.mark.store]

SERVICES = tuple(applications())
WITHOUT_THE_DATABASE = {"POST /bank-statements/profile", "GET /shared/document.pdf"}
"""They look at what comes with the request, a file or the signature of a link, and need no more to refuse it; on a busy
machine they may be cut like the others.
"""
SIGNED = "POST /stripe/webhook"
DEADLINE_S = "2"
HANGS_S = 20
"""No request may take so long. Its deadline is two seconds; the machine that runs this may be busy."""
signature = stripe.WebhookSignature.generate_signature_header


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture(scope="module")
def own_mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongo]:
    with embedded_mongo(tmp_path_factory.mktemp("mongodb")) as server:
        yield server


@asynccontextmanager
async def up(
    service: str, kafka: EmbeddedKafka, mongo: EmbeddedMongo, issuer: Issuer
) -> AsyncIterator[tuple[FastAPI, httpx2.AsyncClient]]:
    settings = {
        "kafka": kafka.bootstrap,
        "mongo_uri": mongo.uri,
        "mongo_database": f"test_{uuid4().hex[:12]}",
        "ordinal": "0",
        "jwks_url": issuer.jwks_url,
        "issuer": issuer.url,
        "request_deadline_s": DEADLINE_S,
    }
    app = applications(**settings)[service]
    async with app.router.lifespan_context(app), client_of(app) as http:
        await becomes(http, 200)
        yield app, http


async def becomes(http: httpx2.AsyncClient, status: int) -> None:
    await soon(lambda: http.get("/health/ready"), lambda answer: answer.status_code == status)


async def ask(http: httpx2.AsyncClient, one: Operation, token: dict[str, str]) -> httpx2.Response:
    headers = {**token, "If-Match": '"1"', "Idempotency-Key": uuid4().hex}
    if one.content_type:
        headers["Content-Type"] = one.content_type
    if one.label == SIGNED:
        headers["Stripe-Signature"] = signature(one.content.decode(), STRIPE_SECRET)
    async with asyncio.timeout(HANGS_S):
        return await http.request(one.method, one.path, params=one.query, content=one.content, headers=headers)


async def ask_all(app: FastAPI, http: httpx2.AsyncClient, issuer: Issuer, *methods: str) -> dict[str, httpx2.Response]:
    """The answers, by operation, of these methods or of all; all are asked at once."""
    operations = [one for one in operations_of(app.openapi()) if not methods or one.method in methods]
    token = issuer.headers(roles=["billing_manager", "auditor"], clinics=["*"])
    answers = await asyncio.gather(*(ask(http, one, token) for one in operations))
    return dict(zip((one.label for one in operations), answers, strict=True))


async def ask_again(app: FastAPI, http: httpx2.AsyncClient, issuer: Issuer) -> dict[str, httpx2.Response] | None:
    """What can be read, with the database there again; None while half an answer is still cut."""
    try:
        return await ask_all(app, http, issuer, "get")
    except AnswerCut:
        return None


def wrong(answers: dict[str, httpx2.Response]) -> dict[str, str]:
    """What was answered otherwise than that the database is not there, and when to come again."""
    return {
        label: f"{answer.status_code} {answer.text[:200]}"
        for label, answer in answers.items()
        if (answer.status_code, answer.json().get("code")) != (503, "store-unavailable")
        or int(answer.headers.get("Retry-After", "0")) <= 0
    }


def wrong_now(answers: dict[str, httpx2.Response]) -> list[str]:
    """What is still not answered, with the database there again."""
    return [label for label, answer in answers.items() if answer.status_code >= 500]


@pytest.mark.parametrize("how", ["paused", "killed"])
@pytest.mark.parametrize("service", SERVICES)
async def test_every_route_says_in_time_that_the_database_is_gone(
    service: str, how: str, own_kafka: EmbeddedKafka, own_mongo: EmbeddedMongo, issuer: Issuer
) -> None:
    async with up(service, own_kafka, own_mongo, issuer) as (app, http):
        own_mongo.pause() if how == "paused" else own_mongo.kill()
        try:
            answers = await ask_all(app, http, issuer)
        finally:
            await asyncio.to_thread(own_mongo.resume if how == "paused" else own_mongo.start)
        assert wrong(answers).keys() <= WITHOUT_THE_DATABASE, wrong(answers)
        await soon(lambda: ask_again(app, http, issuer), lambda answers: answers is not None and not wrong_now(answers))
