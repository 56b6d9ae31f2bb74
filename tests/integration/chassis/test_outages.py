"""A database that is gone or paused: who asks is told so in time, and all goes on by itself when it is back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from chassis.database.mongo import Mongo
from chassis.http import create_app
from chassis.http.auth import Principal
from chassis.http.deadline import LONG, AnswerCut
from chassis.http.idempotency import Answer, Idempotency, RequestKey
from chassis.messaging.outbox import Unit
from chassis.workers import LeasedWorker
from dev.parts.mongo import EmbeddedMongo
from tests.integration.chassis.notebook import Notebook
from tests.parts.patience import soon
from tests.parts.web import client_of

HANGS_S = 20
"""No request may take so long. Its deadline is two seconds; the machine that runs this may be busy."""
TURNS_S = 15
"""Likewise of readiness, which turns within three."""
GRACE_S = 4
"""To stop, half of which what needs the database is given: here it would need all of it."""
CALLER = Principal("usr-1", "Desk One", frozenset({"front_desk"}), frozenset({"clinic-berlin"}))
KEY = RequestKey("key-1", "one note", CALLER)
OPEN = ("/notes", "/report", "/export")
OUTAGES = ("paused", "killed")
routes = APIRouter()


def notebook_of(request: Request) -> Notebook:
    notebook: Notebook = request.app.state.dependencies
    return notebook


@routes.get("/notes")
async def read(request: Request) -> int:
    count: int = await notebook_of(request).notes.count_documents({})
    return count


@routes.get("/report", dependencies=[LONG])
async def report(request: Request) -> int:
    return await read(request)


@routes.get("/export", dependencies=[LONG])
async def export(request: Request) -> StreamingResponse:
    """A piece for each note, and between two of them somebody may break something."""
    notebook, between = notebook_of(request), request.app.state.between

    async def pieces() -> AsyncIterator[str]:
        for number in range(2):
            yield str((await notebook.notes.find_one({"_id": f"note-{number}"})) is not None)
            between()

    return StreamingResponse(pieces())


@routes.post("/notes")
async def write(request: Request) -> Response:
    """Two steps in one transaction; between them, somebody may break something."""
    notebook, between = notebook_of(request), request.app.state.between

    async def work(unit: Unit) -> Answer:
        await notebook.notes.insert_one({"_id": "half"}, session=unit.session)
        between()
        await notebook.notes.insert_one({"_id": "whole"}, session=unit.session)
        return Answer("clinic-berlin", 201, "{}")

    return (await Idempotency(notebook.service.mongo, notebook.service.outbox).once(KEY, work)).response()


class Outage:
    """Of the database: it halts, or is killed and started again."""

    def __init__(self, mongo: EmbeddedMongo, how: str) -> None:
        self._mongo = mongo
        self._how = how
        self.on = self._over = False

    def begin(self) -> None:
        """Once."""
        if not self.on and not self._over:
            self.on = True
            self._mongo.pause() if self._how == "paused" else self._mongo.kill()

    def end(self) -> None:
        if self.on:
            self._mongo.resume() if self._how == "paused" else self._mongo.start()
        self.on, self._over = False, True


@pytest.fixture(params=OUTAGES)
def outage(own_mongo: EmbeddedMongo, request: pytest.FixtureRequest) -> Iterator[Outage]:
    outage = Outage(own_mongo, request.param)
    yield outage
    if request.param == "paused":
        outage.end()


class Turns:
    """Asks the database, and counts how often it answered."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self.count = 0

    async def __call__(self) -> bool:
        await self._mongo.ping()
        self.count += 1
        return False


@asynccontextmanager
async def up(kafka: str, mongo: EmbeddedMongo, options: str = "") -> AsyncIterator[tuple[Notebook, httpx2.AsyncClient]]:
    """The notebook with its routes, all ready."""
    name = f"notebook-{uuid4().hex[:8]}"
    notebook = Notebook(kafka, mongo.uri + options, "notebook", name, shutdown_grace_s=GRACE_S)
    async with notebook.running():
        app: FastAPI = create_app(
            title="Notebook", version="1", routers=[routes], lifespan=notebook.service.lifespan,
            settings=notebook.settings, ready=notebook.service.ready, store_silent_s=notebook.service.store_silent_s,
            dependencies=notebook, open_to_all=OPEN,
        )  # fmt: skip
        app.state.between = lambda: None
        async with client_of(app) as client:
            await becomes(client, 200)
            yield notebook, client


async def becomes(client: httpx2.AsyncClient, status: int) -> None:
    """Readiness turns."""
    async with asyncio.timeout(TURNS_S):
        await soon(lambda: client.get("/health/ready"), lambda answer: answer.status_code == status)


async def cut(asked: Any) -> None:
    """The request is answered that the database is not there, and when to come again."""
    async with asyncio.timeout(HANGS_S):
        answer = await asked
    assert (answer.status_code, answer.json().get("code")) == (503, "store-unavailable"), answer.text
    assert int(answer.headers["retry-after"]) > 0


def breaking(client: httpx2.AsyncClient, outage: Outage) -> None:
    """From the next time on that a route says it is between two steps."""
    client._transport.app.state.between = outage.begin  # type: ignore[attr-defined]


async def test_a_request_is_answered_in_time_and_readiness_turns_both_ways(
    kafka: str, own_mongo: EmbeddedMongo, outage: Outage
) -> None:
    async with up(kafka, own_mongo) as (_, client):
        outage.begin()
        await asyncio.gather(*(cut(client.get(path)) for path in ["/notes", "/report", "/export"] for _ in range(20)))
        await becomes(client, 503)
        assert "store" in (await client.get("/health/ready")).json()["silent"]
        outage.end()
        await becomes(client, 200)
        assert (await client.get("/notes")).json() == 0


@pytest.mark.parametrize("options", ["", "&socketTimeoutMS=700", "&timeoutMS=700"])
async def test_a_cut_request_has_saved_nothing_in_half_and_may_be_sent_again(
    kafka: str, own_mongo: EmbeddedMongo, outage: Outage, options: str
) -> None:
    async with up(kafka, own_mongo, options) as (notebook, client):
        breaking(client, outage)
        await cut(client.post("/notes"))
        outage.end()
        async with asyncio.timeout(HANGS_S):
            answer = await soon(lambda: client.post("/notes"), lambda answer: answer.status_code != 503)
        assert answer.status_code == 201
        assert await notebook.notes.distinct("_id") == ["half", "whole"]


async def test_half_of_a_download_is_not_taken_for_all_of_it(
    kafka: str, own_mongo: EmbeddedMongo, outage: Outage
) -> None:
    async with up(kafka, own_mongo) as (_, client):
        breaking(client, outage)
        async with asyncio.timeout(HANGS_S):
            with pytest.raises((AnswerCut, ExceptionGroup)):
                await client.get("/export")
        outage.end()
        await becomes(client, 200)


@pytest.mark.parametrize("options", ["", "&socketTimeoutMS=700", "&timeoutMS=700"])
async def test_consumers_and_workers_go_on_by_themselves_and_park_nothing(
    kafka: str, own_mongo: EmbeddedMongo, outage: Outage, options: str
) -> None:
    async with up(kafka, own_mongo, options) as (notebook, client):
        turns = Turns(notebook.service.mongo)
        worker = LeasedWorker(notebook.service.mongo, "turns", turns, every_s=3600, lease_s=2)
        await worker.start()
        await soon(lambda: _now(lambda: turns.count), lambda count: count == 1)
        await notebook.hears(*(notebook.voided(f"before-{number}") for number in range(40)))
        outage.begin()
        worker.wake()
        await notebook.hears(*(notebook.voided(f"during-{number}") for number in range(40)))
        await becomes(client, 503)
        outage.end()
        assert len(await notebook.noted(80)) == 80
        assert len(await notebook.told_of(80)) == 80
        await soon(lambda: _now(lambda: turns.count), lambda count: count > 1)
        assert await notebook.parked() == {}
        async with asyncio.timeout(HANGS_S):
            await worker.stop()


@pytest.mark.parametrize("options", ["", "&socketTimeoutMS=700", "&timeoutMS=700"])
async def test_a_service_stops_in_time_while_the_database_is_gone(
    kafka: str, own_mongo: EmbeddedMongo, outage: Outage, options: str, tmp_path: Path
) -> None:
    async with up(kafka, own_mongo, options) as (notebook, _):
        await notebook.hears(*(notebook.voided(f"ses-{number}") for number in range(10)))
        outage.begin()
        async with asyncio.timeout(GRACE_S + HANGS_S):
            await notebook.service.stop()


async def _now(look: Callable[[], int]) -> int:
    return look()
