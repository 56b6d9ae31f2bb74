"""A request is answered in time, whatever it waits for; what is no waiting for the database does not count."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError, WTimeoutError

from chassis.http import create_app
from chassis.http.deadline import LONG, AnswerCut, elsewhere, in_line
from chassis.settings import Settings
from tests.parts.web import ANY_BODY
from tests.unit.chassis.test_tasks import HANGS_S, Deaf

DEADLINE_S = 0.2
OPEN = ("/ordinary", "/long", "/outside", "/in-line", "/busy", "/body", "/stream", "/failing")
routes = APIRouter()


class World:
    """What the routes meet."""

    def __init__(self) -> None:
        self.silent_s = 0.0
        self.call: Callable[[], Any] = Deaf(0)
        self.ended = asyncio.Event()
        self.error: Exception | None = None


def world_of(request: Request) -> World:
    world: World = request.app.state.dependencies
    return world


@routes.get("/ordinary")
async def ordinary(request: Request) -> str:
    try:
        await world_of(request).call()
    finally:
        world_of(request).ended.set()
    return "done"


@routes.get("/long", dependencies=[LONG])
async def long(request: Request) -> str:
    await world_of(request).call()
    return "done"


@routes.get("/outside")
async def outside(request: Request) -> str:
    with elsewhere():
        await world_of(request).call()
    return "done"


@routes.get("/in-line")
async def standing_in_line(request: Request) -> str:
    with in_line():
        await world_of(request).call()
    return "done"


@routes.get("/busy")
async def busy() -> str:
    time.sleep(2 * DEADLINE_S)  # noqa: ASYNC251  # as a large invoice does
    await asyncio.sleep(0)
    return "done"


@routes.post("/body", openapi_extra=ANY_BODY)
async def body(request: Request) -> int:
    return len(await request.body())


@routes.get("/stream")
async def stream(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        await world_of(request).call()
        yield b"last"

    return StreamingResponse(pieces())


@routes.get("/failing")
async def failing(request: Request) -> None:
    error = world_of(request).error
    assert error is not None
    raise error


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings(
        service="alone", jwks_url="http://issuer.example", issuer="nobody", request_deadline_s=DEADLINE_S
    )
    app: FastAPI = create_app(
        title="T", version="1", routers=[routes], lifespan=None, settings=settings,  # type: ignore[arg-type]
        ready=ready, store_silent_s=lambda: world.silent_s, dependencies=world,
        open_to_all=OPEN,
    )  # fmt: skip
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as http:
        yield http


async def ready() -> dict[str, str]:
    return {}


def is_store_unavailable(answer: httpx2.Response) -> bool:
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    return (answer.status_code, answer.json()["code"]) == (503, "store-unavailable")


@pytest.mark.parametrize("swallowed", [0, 3])
async def test_a_request_whose_database_does_not_answer_is_cut(
    http: httpx2.AsyncClient, world: World, swallowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.tasks.AGAIN_AFTER_S", 0.01)
    world.call = Deaf(swallowed)
    async with asyncio.timeout(HANGS_S):
        assert is_store_unavailable(await http.get("/ordinary"))
        await world.ended.wait()


async def test_a_long_request_goes_on_while_the_database_answers(http: httpx2.AsyncClient, world: World) -> None:
    world.call = lambda: asyncio.sleep(2 * DEADLINE_S)
    assert (await http.get("/long")).json() == "done"


@pytest.mark.parametrize("path", ["/long", "/in-line", "/ordinary"])
async def test_a_long_request_is_cut_as_well_when_the_database_is_silent(
    http: httpx2.AsyncClient, world: World, path: str
) -> None:
    world.silent_s = 10 * DEADLINE_S
    async with asyncio.timeout(HANGS_S):
        assert is_store_unavailable(await http.get(path))


@pytest.mark.parametrize("path", ["/outside", "/in-line", "/busy"])
async def test_the_world_outside_those_before_and_our_own_processor_do_not_count(
    http: httpx2.AsyncClient, world: World, path: str
) -> None:
    world.call = lambda: asyncio.sleep(2 * DEADLINE_S)
    assert (await http.get(path)).json() == "done"


async def test_a_body_may_take_its_time_to_arrive(http: httpx2.AsyncClient) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(4):
            await asyncio.sleep(DEADLINE_S / 2)
            yield b"piece"

    assert (await http.post("/body", content=slowly())).json() == 20


async def test_an_answer_that_has_begun_goes_on_while_the_database_answers(
    http: httpx2.AsyncClient, world: World
) -> None:
    world.call = lambda: asyncio.sleep(2 * DEADLINE_S)
    assert (await http.get("/stream")).content == b"firstlast"


async def test_half_an_answer_is_not_taken_for_a_whole_one(http: httpx2.AsyncClient, world: World) -> None:
    world.silent_s = 10 * DEADLINE_S
    async with asyncio.timeout(HANGS_S):
        with pytest.raises(AnswerCut):
            await http.get("/stream")


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("gone"),
        ServerSelectionTimeoutError("nobody"),
        WTimeoutError("no majority"),
        OperationFailure("met another", 112, {"errorLabels": ["TransientTransactionError"]}),
        OperationFailure("cursor gone", 43),
    ],
)
async def test_a_driver_that_says_so_itself_is_answered_in_the_same_way(
    http: httpx2.AsyncClient, world: World, error: Exception
) -> None:
    world.error = error
    assert is_store_unavailable(await http.get("/failing"))


async def test_a_call_that_is_wrong_stays_our_own_fault(http: httpx2.AsyncClient, world: World) -> None:
    world.error = OperationFailure("unknown operator", 2)
    answer = await http.get("/failing")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
