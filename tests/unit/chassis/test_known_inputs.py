"""What a route does not know is refused by name: parameters, fields at any depth, a body where none is taken."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from chassis.database.paging import Paging
from chassis.settings import Settings
from contracts.values import Address
from tests.parts.web import app_of, client_of

SETTINGS = Settings(service="test", jwks_url="http://127.0.0.1:9/jwks.json", issuer="nobody")


class Person(BaseModel):
    name: str
    address: Address = Address()


class Company(BaseModel):
    company: str
    seats: tuple[Address, ...] = ()


routes = APIRouter()


async def tagged(tag: Annotated[str | None, Query(alias="with-tag")] = None) -> str | None:
    return tag


@routes.get("/people")
async def people(
    paging: Paging,
    tag: Annotated[str | None, Depends(tagged)],
    first: Annotated[str | None, Query(alias="from")] = None,
    names: Annotated[list[str] | None, Query()] = None,
) -> dict[str, Any]:
    return {"limit": paging.limit, "tag": tag, "from": first, "names": names}


@routes.post("/people")
async def add(body: Person | Company) -> Person | Company:
    return body


@routes.post("/wake")
async def wake() -> str:
    return "awake"


@routes.put("/file", openapi_extra={"requestBody": {"content": {"text/csv": {}}}})
async def put_file(request: Request) -> int:
    return len(await request.body())


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_of(SETTINGS, routes)) as client:
        yield client


def named(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "invalid-request"
    return [error["field"] for error in answer.json()["errors"]]


async def test_a_parameter_is_known_by_its_alias_wherever_a_dependency_takes_it(http: httpx2.AsyncClient) -> None:
    asked = {"from": "a", "limit": "3", "with-tag": "t", "names": ["x", "y"]}
    assert (await http.get("/people", params=asked)).json() == {
        "limit": 3,
        "tag": "t",
        "from": "a",
        "names": ["x", "y"],
    }
    assert named(await http.get("/people?first=a&tag=t&limit=3")) == ["first", "tag"]


async def test_a_parameter_that_is_given_twice_is_refused_rather_than_one_of_its_values(
    http: httpx2.AsyncClient,
) -> None:
    assert named(await http.get("/people?limit=1&limit=2")) == ["limit"]


async def test_machines_that_ask_for_health_are_told_as_well(http: httpx2.AsyncClient) -> None:
    assert named(await http.get("/health/live?verbose=1")) == ["verbose"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "A", "adress": {}}, "/adress"),
        ({"name": "A", "address": {"town": "Bonn"}}, "/address/town"),
        ({"company": "A", "seats": [{}, {"town": "Bonn"}]}, "/seats/1/town"),
    ],
)
async def test_a_field_is_refused_at_any_depth_also_of_a_contract(
    http: httpx2.AsyncClient, body: dict[str, Any], field: str
) -> None:
    assert field in named(await http.post("/people", json=body))


async def test_what_is_known_is_taken(http: httpx2.AsyncClient) -> None:
    body = {"company": "A", "seats": [{"lines": [], "postal_code": None, "city": "Bonn", "country": "DE"}]}
    assert (await http.post("/people", json=body)).json() == body


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b" \n"])
async def test_a_body_that_says_nothing_is_none(http: httpx2.AsyncClient, body: bytes) -> None:
    assert (await http.post("/wake", content=body)).json() == "awake"


@pytest.mark.parametrize(
    ("body", "fields"),
    [(b'{"to": "x", "cc": 1}', ["/to", "/cc"]), (b"[]", [""]), (b"1", [""]), (b"to=x", [""]), (b"[" * 5000, [""])],
)
async def test_a_body_is_refused_where_none_is_taken(http: httpx2.AsyncClient, body: bytes, fields: list[str]) -> None:
    answer = await http.post("/wake", content=body, headers={"Content-Type": "application/json"})
    assert named(answer) == fields


async def test_a_file_is_whatever_it_is(http: httpx2.AsyncClient) -> None:
    assert (await http.put("/file", content=b"a;b")).json() == 3
