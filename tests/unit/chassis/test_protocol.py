"""What comes over a real connection: heads have a size and a time, connections a number, and bodies an end."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import uvicorn
from fastapi import APIRouter, Request

from chassis.http.protocol import BoundedProtocol, Limits
from chassis.http.server import OperationsServer
from chassis.settings import Settings
from tests.parts.web import ANY_BODY, app_of

KIB = 1024
LIMITS = Limits(head_bytes=16 * KIB, head_within_s=60, connections=100)
SETTINGS = Settings(service="test", jwks_url="http://127.0.0.1:9/jwks.json", issuer="nobody", max_body_bytes=10**9)
Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
routes = APIRouter()


@routes.get("/hello")
async def hello() -> str:
    return "hello"


@routes.post("/unread")
async def unread() -> str:
    return "without reading"


@routes.post("/read", openapi_extra=ANY_BODY)
async def read(request: Request) -> int:
    return len(await request.body())


@asynccontextmanager
async def serving(limits: Limits = LIMITS) -> AsyncIterator[Connect]:
    config = uvicorn.Config(
        app_of(SETTINGS, routes),
        port=0,
        http=partial(BoundedProtocol, limits=limits),  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        log_config=None,
    )
    listening = config.bind_socket()
    server = OperationsServer(config)
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        await asyncio.sleep(0)
    try:
        yield partial(asyncio.open_connection, "127.0.0.1", listening.getsockname()[1])
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answers(connect: Connect, *pieces: bytes) -> list[tuple[int, str]]:
    """Status and code (or body) of each answer, up to the end of the connection."""
    reader, writer = await connect()
    for piece in pieces:
        writer.write(piece)
        try:
            await writer.drain()
        except ConnectionError:
            break
        await asyncio.sleep(0)
    found = []
    while head := (await reader.readuntil(b"\r\n\r\n") if not await _at_end(reader) else b""):
        lines = head.decode().lower().split("\r\n")
        length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length"))
        told = json.loads(await reader.readexactly(length))
        found.append((int(lines[0].split()[1]), told["code"] if isinstance(told, dict) else str(told)))
    writer.close()
    return found


async def _at_end(reader: asyncio.StreamReader) -> bool:
    try:
        more = await reader.read(1)
    except ConnectionError:
        return True
    reader._buffer[:0] = more  # type: ignore[attr-defined]
    return not more


def request(path: str = "/hello", *headers: str, close: bool = True) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: test", *headers, *(["Connection: close"] if close else [])]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


TOO_LARGE = [
    request("/hello", f"X-Large: {'x' * 20 * KIB}"),
    request("/hello", *(f"X-{n}: {'x' * KIB}" for n in range(20))),
    request(f"/hello?{'q' * 20 * KIB}"),
    request("/hello", f"{'N' * 20 * KIB}: x"),
]
WAYS = ["a header", "many headers", "the first line", "a name"]


@pytest.mark.parametrize("piece", [30 * KIB, 1000], ids=["at once", "in pieces"])
@pytest.mark.parametrize("head", TOO_LARGE, ids=WAYS)
async def test_a_head_of_20_kib_is_too_large(head: bytes, piece: int) -> None:
    async with serving() as connect:
        pieces = [head[n : n + piece] for n in range(0, len(head), piece)]
        assert await answers(connect, *pieces) == [(431, "head-too-large")]


@pytest.mark.parametrize("head", TOO_LARGE, ids=WAYS)
async def test_a_head_without_end_is_too_large_before_it_ends(head: bytes) -> None:
    async with serving() as connect:
        assert await answers(connect, head[: 18 * KIB]) == [(431, "head-too-large")]


async def test_a_head_of_15_kib_is_read() -> None:
    async with serving() as connect:
        head = request("/hello", *(f"X-{n}: {'x' * KIB}" for n in range(15)))
        assert await answers(connect, head) == [(200, "hello")]
        assert await answers(connect, *(head[n : n + 500] for n in range(0, len(head), 500))) == [(200, "hello")]


async def test_each_request_of_a_connection_has_a_head_of_its_own() -> None:
    async with serving() as connect:
        one = request("/hello", f"X: {'x' * 10 * KIB}", close=False)
        assert await answers(connect, one, one, one, request()) == [(200, "hello")] * 4


async def test_what_was_asked_before_a_bad_head_is_answered_and_nothing_after_it() -> None:
    async with serving() as connect:
        asked = request(close=False) + TOO_LARGE[0] + request()
        assert (await answers(connect, asked))[0] == (200, "hello")
        assert len(await answers(connect, asked)) == 1


async def test_a_head_that_comes_too_slowly_is_given_up() -> None:
    async with serving(Limits(16 * KIB, 0.05, 100)) as connect:
        assert await answers(connect, b"GET /hello HTTP/1.1\r\nHost: t") == [(408, "head-too-slow")]


@pytest.mark.parametrize("said", [b"", b"\r\n"], ids=["nothing", "an empty line"])
async def test_who_connects_and_asks_nothing_is_let_go(said: bytes) -> None:
    async with serving(Limits(16 * KIB, 0.05, 100)) as connect:
        assert [status for status, _ in await answers(connect, said)] in ([], [408])


async def test_a_second_head_has_a_time_of_its_own() -> None:
    async with serving(Limits(16 * KIB, 0.05, 100)) as connect:
        told = await answers(connect, request(close=False), b"\r\n", b"GET /hello")
        assert told[0] == (200, "hello")
        assert [status for status, _ in told[1:]] in ([], [408])


async def test_one_connection_more_than_the_limit_is_refused() -> None:
    async with serving(Limits(16 * KIB, 60, 2)) as connect:
        held = [await connect() for _ in range(2)]
        for _, writer in held:
            writer.write(b"GET")
            await writer.drain()
        assert await answers(connect) == [(503, "too-many-connections")]
        for _, writer in held:
            writer.close()
            await writer.wait_closed()


async def test_the_rest_of_a_body_that_nobody_asked_for_is_not_waited_for() -> None:
    async with serving() as connect:
        head = b"POST /unread HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n"
        assert await answers(connect, head, b"x" * 1000) == [(422, "invalid-request")]


async def test_a_body_that_is_read_leaves_the_connection_open() -> None:
    async with serving() as connect:
        posted = b"POST /read HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n"
        assert await answers(connect, posted, b"hello", request()) == [(200, "5"), (200, "hello")]


async def test_a_small_body_that_comes_after_its_refusal_leaves_the_connection_open() -> None:
    async with serving() as connect:
        reader, writer = await connect()
        writer.write(b"POST /nowhere HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n")
        refused = await reader.readuntil(b"\r\n\r\n")
        assert refused.startswith(b"HTTP/1.1 404")
        assert b"connection: close" not in refused.lower()
        writer.write(b"{}" + request())
        assert b"HTTP/1.1 200" in await reader.read()
        writer.close()


@pytest.mark.parametrize("noise", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00"])
async def test_noise_is_a_malformed_request(noise: bytes) -> None:
    async with serving() as connect:
        assert await answers(connect, noise) == [(400, "malformed-request")]
