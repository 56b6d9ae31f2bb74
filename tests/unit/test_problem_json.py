"""Every refusal is a problem document, and none of them repeats what the caller sent."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx2
import pytest
import structlog
from fastapi import APIRouter, Query, Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from structlog.testing import capture_logs

from chassis.http import IfMatch, create_app, edge
from chassis.http.openapi import problems
from chassis.settings import Settings
from kernel.errors import Conflict, IllegalTransition
from tests.parts.web import ANY_BODY, app_of, client_of, nothing_to_start

SETTINGS = Settings(service="test", jwks_url="http://127.0.0.1:9/jwks.json", issuer="nobody", max_body_bytes=1000)
SECRET = "Łucja-Øster-1984"


class Cash(BaseModel):
    kind: Literal["cash"]
    amount_minor: int


class Card(BaseModel):
    kind: Literal["card"]
    card: UUID


Way = Annotated[Cash | Card, Field(discriminator="kind")]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int
    price: Decimal
    day: date
    at: UUID
    color: Literal["red", "green"]
    way: Way
    email: Annotated[str, Field(pattern=r"^\d+$")]
    parts: list[dict[str, int]] = []


routes = APIRouter(prefix="/shop")


@routes.post("/forms/{number}")
async def form(number: int, body: Form, limit: Annotated[int, Query(ge=1)] = 1) -> Form:
    return body


@routes.post("/ways")
async def ways(body: list[Way]) -> int:
    return len(body)


@routes.post("/way")
async def way(body: Way) -> None:
    """A kind by itself."""


@routes.post("/bytes", openapi_extra=ANY_BODY)
async def count_bytes(request: Request) -> int:
    return len(await request.body())


@routes.get("/conflict")
async def conflict() -> None:
    raise Conflict("till-open", "day d-1 is still open", field="/register_id")


@routes.get("/illegal")
async def illegal() -> None:
    raise IllegalTransition("invoice inv-1", "paid", "void")


@routes.put("/till", responses=problems({409: ["till-open", "till-gone"], 422: ["till-locked"]}))
async def put_till(version: IfMatch) -> None:
    raise Conflict("till-open", "day d-1 is still open")


@routes.get("/broken")
async def broken() -> None:
    raise ValueError(f"cannot work with {SECRET}")


APP = app_of(SETTINGS, routes)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(APP) as client:
        yield client


def assert_problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:chairside:problem:{code}"
    assert problem["title"]
    assert problem["instance"].startswith("urn:trace:")
    return problem


async def test_a_business_error_carries_its_code_status_and_field(client: httpx2.AsyncClient) -> None:
    problem = assert_problem(await client.get("/shop/conflict"), 409, "till-open")
    assert (problem["detail"], problem["field"]) == ("day d-1 is still open", "/register_id")


async def test_an_illegal_transition_is_a_conflict(client: httpx2.AsyncClient) -> None:
    assert_problem(await client.get("/shop/illegal"), 409, "illegal-transition")


async def test_inputs_that_do_not_fit_are_named_by_pointer_and_parameter(client: httpx2.AsyncClient) -> None:
    body = {"count": "x", "way": {"kind": "cash"}, "parts": [{"a/b~c": "y"}]}
    answer = await client.post("/shop/forms/seven?limit=0", json=body)
    problem = assert_problem(answer, 422, "invalid-request")
    named = {error["field"] for error in problem["errors"]}
    assert named >= {"number", "limit", "/count", "/price", "/way/amount_minor", "/parts/0/a~1b~0c"}


@pytest.mark.parametrize("way", [{"kind": SECRET}, {"kind": None}, {"kind": 7}, {}])
async def test_a_kind_that_there_is_not_is_named_with_the_kinds_that_there_are(
    client: httpx2.AsyncClient, way: dict[str, Any]
) -> None:
    for path, body, field in (
        ("forms/1", {"way": way}, "/way/kind"),
        ("ways", [way], "/0/kind"),
        ("way", way, "/kind"),
    ):
        answer = await client.post(f"/shop/{path}", json=body)
        problem = assert_problem(answer, 422, "invalid-request")
        assert {"field": field, "message": "Input should be one of 'card', 'cash'"} in problem["errors"]
        assert SECRET not in answer.text


async def test_errors_are_listed_up_to_a_limit_and_counted_beyond(client: httpx2.AsyncClient) -> None:
    app = app_of(SETTINGS.model_copy(update={"max_body_bytes": 100_000}), routes)
    async with client_of(app) as roomy:
        problem = (await roomy.post("/shop/forms/1", json={"parts": [{"a": "x"}] * 1000})).json()
    assert len(problem["errors"]) == 50
    assert problem["detail"].startswith("1007 ")


@pytest.mark.parametrize("body", [b"{", b'{"count": 1,}', b"nonsense", b"'"])
async def test_a_body_that_is_not_json_is_malformed(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/shop/forms/1", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400, "malformed-json")


@pytest.mark.parametrize("body", [b'"\xff"', b"[" * 900, b"1" * 999], ids=["not UTF-8", "nested deeply", "long number"])
async def test_a_body_that_breaks_the_parser_is_the_callers_fault(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/shop/forms/1", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_of_another_type_is_refused(client: httpx2.AsyncClient) -> None:
    assert_problem(await client.post("/shop/forms/1", content=b"a=b"), 422, "invalid-request")


async def test_a_lone_surrogate_does_not_break_the_answer(client: httpx2.AsyncClient) -> None:
    body = rb'{"parts": [{"\ud800": "x"}], "\udfff": 1}'
    answer = await client.post("/shop/forms/1", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 422, "invalid-request")


async def test_a_path_that_nobody_serves_is_a_problem(client: httpx2.AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404, "route-not-found")


async def test_a_method_that_a_path_lacks_is_a_problem_that_names_the_others(client: httpx2.AsyncClient) -> None:
    answer = await client.delete("/shop/conflict")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


async def test_an_unexpected_error_tells_nothing_but_where_to_look(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "log", structlog.get_logger(edge.__name__))  # one that no other test has used
    with capture_logs() as logged:
        answer = await client.get("/shop/broken")
    problem = assert_problem(answer, 500, "internal-error")
    assert SECRET not in str(problem)
    assert "ValueError" not in str(problem)
    assert [entry["event"] for entry in logged if f"urn:trace:{entry['trace_id']}" == problem["instance"]] == [
        "request-failed",
        "request",
    ]


async def test_a_body_announced_too_large_is_refused(client: httpx2.AsyncClient) -> None:
    assert_problem(await client.post("/shop/bytes", content=b"x" * 1001), 413, "body-too-large")


@pytest.mark.parametrize("path", ["/shop/bytes", "/shop/forms/1"])
async def test_a_body_that_turns_out_too_large_is_refused(client: httpx2.AsyncClient, path: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    answer = await client.post(path, content=chunks(), headers={"Content-Type": "application/json"})
    assert "content-length" not in answer.request.headers
    assert_problem(answer, 413, "body-too-large")


async def test_a_body_of_just_the_limit_is_read(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/shop/bytes", content=b"x" * 1000)).json() == 1000


def leaves() -> st.SearchStrategy[Any]:
    return st.sampled_from([SECRET, [SECRET], {"kind": SECRET}, {"kind": "card", "card": SECRET}, {"deep": [SECRET]}])


@given(body=st.dictionaries(st.sampled_from(sorted(Form.model_fields)), leaves(), min_size=1))
def test_no_answer_repeats_the_input(body: dict[str, Any]) -> None:
    async def answered() -> httpx2.Response:
        async with client_of(APP) as client:
            return await client.post("/shop/forms/1", json=body)

    answer = asyncio.run(answered())
    assert answer.status_code == 422
    assert SECRET not in str(answer.json())


async def test_parameters_are_not_repeated_either(client: httpx2.AsyncClient) -> None:
    answer = await client.post(f"/shop/forms/{SECRET}", params={"limit": SECRET}, json={})
    assert answer.status_code == 422
    assert SECRET not in str(answer.json())


async def test_health_names_what_does_not_answer() -> None:
    async def ready() -> dict[str, str]:
        return {"broker": "does not answer"}

    app = create_app(title="T", version="1", routers=[], lifespan=nothing_to_start, settings=SETTINGS, ready=ready)
    async with client_of(app) as client:
        problem = assert_problem(await client.get("/health/ready"), 503, "not-ready")
        assert problem["silent"] == {"broker": "does not answer"}
        assert (await client.get("/health/live")).status_code == 200


async def test_a_readiness_check_that_fails_is_not_ready() -> None:
    async def ready() -> dict[str, str]:
        raise ConnectionError("mongodb://user:password@store")

    app = create_app(title="T", version="1", routers=[], lifespan=nothing_to_start, settings=SETTINGS, ready=ready)
    async with client_of(app) as client:
        answer = await client.get("/health/ready")
    assert_problem(answer, 503, "not-ready")
    assert "password" not in answer.text


async def test_a_stopping_service_is_not_ready() -> None:
    app = app_of(SETTINGS)
    async with client_of(app) as client:
        assert (await client.get("/health/ready")).json() == {"status": "ok"}
        app.state.stopping = True
        assert_problem(await client.get("/health/ready"), 503, "stopping")


async def test_metrics_name_routes_by_their_template(client: httpx2.AsyncClient) -> None:
    await client.post("/shop/forms/4711", json={})
    await client.get("/patients/4711")
    await client.request("BREW", "/shop/conflict")
    async with client_of(APP.state.operations) as operations:
        text = (await operations.get("/metrics")).text
    assert 'route="/shop/forms/{number}"' in text
    assert 'route="unmatched"' in text
    assert 'method="OTHER"' in text
    assert "/4711" not in text  # the digits alone may be in some figure


async def test_the_document_says_how_requests_are_refused() -> None:
    document = APP.openapi()
    operation = document["paths"]["/shop/forms/{number}"]["post"]
    for status in ("422", "default"):
        content = operation["responses"][status]["content"]
        assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["components"]["schemas"]["Problem"]["properties"]["errors"]
    assert "/health/live" not in document["paths"]


async def test_a_route_names_its_own_codes_beside_those_of_its_kind() -> None:
    responses = APP.openapi()["paths"]["/shop/till"]["put"]["responses"]
    assert list(responses) == ["200", "400", "409", "412", "422", "428", "503", "default"]
    assert responses["409"]["description"] == "Refused: `till-open`, `till-gone`"
    content = responses["409"]["content"]["application/problem+json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert content["examples"]["till-open"]["value"]["type"] == "urn:chairside:problem:till-open"
    assert responses["422"]["description"] == "Refused: `till-locked`, `invalid-request`"
    assert list(responses["422"]["content"]["application/problem+json"]["examples"]) == ["till-locked"]
    assert responses["428"]["description"] == "Refused: `precondition-required`"


@pytest.mark.parametrize("codes", [{200: ["fine"]}, {409: ["Till open"]}, {409: []}])
def test_only_refusals_are_named_as_such(codes: dict[int, list[str]]) -> None:
    with pytest.raises(ValueError, match="no refusals"):
        problems(codes)
