"""Token, rate and role are asked before a byte of the body is read; what goes out is kept by nobody."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from starlette.types import Message

from chassis.http import create_app
from chassis.http.auth import BillingManager, FrontDesk
from tests.parts.issuer import Issuer, running_issuer
from tests.parts.web import ANY_BODY, all_well, app_of, client_of, nothing_to_start

routes = APIRouter()
LARGE = 6 * 1024 * 1024


class Body(BaseModel):
    amount: int


@routes.post("/clinics/{clinic_id}/things")
async def put_thing(clinic_id: str, body: Body, caller: FrontDesk) -> str:
    return caller.sub


@routes.post("/uploads", openapi_extra=ANY_BODY)
async def upload(request: Request, caller: BillingManager) -> int:
    return len(await request.body())


@routes.get("/lists")
async def listed(caller: FrontDesk, clinic_id: str | None = None) -> str:
    return caller.sub


@routes.post("/slow")
async def slow(request: Request, caller: FrontDesk) -> str:
    app: FastAPI = request.app
    app.state.begun.set()
    await app.state.release.wait()
    return caller.sub


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
async def client(issuer: Issuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_of(issuer.settings(max_body_bytes=LARGE), routes)) as client:
        yield client


class Reading:
    """One request at the door of the application, whose body is only sent when somebody asks for it."""

    def __init__(self, app: FastAPI, path: str, *pieces: bytes, **headers: str) -> None:
        self.app = app
        self.read = 0
        self.sent: list[Message] = []
        self._pieces = list(pieces)
        self.scope: dict[str, Any] = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
            "root_path": "", "scheme": "http", "http_version": "1.1", "client": ("t", 1), "server": ("t", 2),
            "headers": [(b"content-type", b"application/json"),
                        (b"content-length", str(sum(map(len, pieces))).encode()),
                        *((name.encode(), value.encode()) for name, value in headers.items())],
        }  # fmt: skip

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        await self.app(self.scope, self._receive, self._send)
        start = self.sent[0]
        body = b"".join(message.get("body", b"") for message in self.sent[1:])
        return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, json.loads(body)

    async def _receive(self) -> Message:
        self.read += 1
        if not self._pieces:
            await asyncio.Event().wait()
        piece = self._pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)


@pytest.mark.parametrize("path", ["/clinics/clinic-berlin/things", "/uploads"])
@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        (None, 401, "token-missing"),
        ("Basic dTpw", 401, "token-missing"),
        ("Bearer nonsense", 401, "token-invalid"),
        ("auditor", 403, "role-missing"),
    ],
)
async def test_the_body_of_who_may_not_is_never_read(
    issuer: Issuer, path: str, token: str | None, status: int, code: str
) -> None:
    sent = {} if token is None else {"authorization": token}
    if token == "auditor":
        sent = {"authorization": issuer.headers(roles=["auditor"])["Authorization"]}
    request = Reading(app_of(issuer.settings(), routes), path, b"x" * LARGE, **sent)
    answered, headers, problem = await request.answer()
    assert (answered, problem["code"]) == (status, code)
    assert request.read == 0
    assert headers["connection"] == "close", "what is not read is not waited for"


async def test_nothing_is_read_for_a_route_that_is_not_there(issuer: Issuer) -> None:
    request = Reading(app_of(issuer.settings(), routes), "/nowhere", b"x")
    answered, _, problem = await request.answer()
    assert (answered, problem["code"], request.read) == (404, "route-not-found", 0)


async def test_a_larger_body_than_announced_by_the_limit_is_told_only_to_who_may(issuer: Issuer) -> None:
    app = app_of(issuer.settings(max_body_bytes=1000), routes)
    assert (await Reading(app, "/uploads", b"x" * 2000).answer())[0] == 401
    token = issuer.headers(roles=["billing_manager"])["Authorization"]
    request = Reading(app, "/uploads", b"x" * 2000, authorization=token)
    assert (await request.answer())[0] == 413
    assert request.read == 0


async def test_a_body_that_does_not_come_is_not_waited_for(issuer: Issuer) -> None:
    app = app_of(issuer.settings(body_within_s=0.05), routes)
    token = issuer.headers(roles=["billing_manager"])["Authorization"]
    request = Reading(app, "/uploads", b"x", b"", authorization=token)
    request._pieces.pop()
    request.scope["headers"][1] = (b"content-length", b"2")
    request._receive = _without_end(request)  # type: ignore[method-assign]
    answered, headers, problem = await request.answer()
    assert (answered, problem["code"], headers["connection"]) == (408, "body-too-slow", "close")


def _without_end(request: Reading) -> Any:
    async def receive() -> Message:
        if not request._pieces:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": request._pieces.pop(), "more_body": True}

    return receive


def test_a_route_that_asks_nobody_has_to_be_said_to_be_open(issuer: Issuer) -> None:
    forgotten = APIRouter()

    @forgotten.get("/forgotten")
    async def forget() -> str:
        return "whatever"

    parts: dict[str, Any] = {"title": "T", "version": "1", "lifespan": nothing_to_start, "ready": all_well}
    with pytest.raises(ValueError, match="/forgotten"):
        create_app(routers=[forgotten], settings=issuer.settings(), **parts)
    create_app(routers=[forgotten], settings=issuer.settings(), open_to_all=["/forgotten"], **parts)


async def test_one_request_more_than_the_rate_is_told_when_to_come_again(issuer: Issuer) -> None:
    async with client_of(app_of(issuer.settings(caller_requests_per_s=0.2), routes)) as client:
        client.headers.update(issuer.headers())
        assert [(await client.get("/lists")).status_code for _ in range(3)] == [200, 200, 429]
        refused = await client.get("/lists")
        assert (refused.headers["content-type"], refused.json()["code"]) == (
            "application/problem+json", "too-many-requests",
        )  # fmt: skip
        assert 1 <= int(refused.headers["retry-after"]) <= 5
        client.headers.update(issuer.headers(sub="usr-2"))
        assert (await client.get("/lists")).status_code == 200
        assert (await client.get("/health/live")).status_code == 200


async def test_the_rate_of_a_clinic_counts_what_its_path_names(issuer: Issuer) -> None:
    async with client_of(app_of(issuer.settings(clinic_requests_per_s=0.1), routes)) as client:
        client.headers.update(issuer.headers(clinics=["*"]))
        things = [(await client.post(f"/clinics/{clinic}/things", json={"amount": 1})).status_code for clinic in "aabb"]
        assert things == [200, 429, 200, 429]
        assert (await client.get("/lists", params={"clinic_id": "c"})).status_code == 200
        assert (await client.get("/lists", params={"clinic_id": "c"})).status_code == 429


async def test_more_requests_at_once_than_are_taken_are_told_to_come_again(issuer: Issuer) -> None:
    app = app_of(issuer.settings(max_requests=1), routes)
    app.state.begun, app.state.release = asyncio.Event(), asyncio.Event()
    async with client_of(app) as client:
        client.headers.update(issuer.headers())
        running = asyncio.create_task(client.post("/slow"))
        await app.state.begun.wait()
        refused = await client.get("/lists")
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        assert (await client.get("/health/ready")).status_code == 200
        app.state.release.set()
        assert (await running).status_code == 200
        assert (await client.get("/lists")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", "/lists", True, 200),
        ("GET", "/lists", False, 401),
        ("DELETE", "/lists", True, 405),
        ("GET", "/nowhere", True, 404),
        ("POST", "/clinics/c/things", True, 422),
        ("GET", "/health/live", False, 200),
    ],
)
async def test_no_answer_is_kept_or_taken_for_something_else(
    client: httpx2.AsyncClient, issuer: Issuer, method: str, path: str, token: bool, status: int
) -> None:
    answer = await client.request(method, path, headers=issuer.headers() if token else {})
    assert answer.status_code == status
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


@pytest.mark.parametrize("path", ["/metrics", "/docs", "/openapi.json"])
async def test_what_is_for_operations_is_not_at_the_port_of_the_api(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404
