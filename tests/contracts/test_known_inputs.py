"""Every route of every service refuses what it does not know, and names it: as the API's own description lists them."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from dev.reference.services import applications
from tests.parts.api_examples import examples_of
from tests.parts.issuer import Issuer, running_issuer
from tests.parts.web import client_of

Json = dict[str, Any]
UNKNOWN = "surely_unknown"
SIGNED = "/stripe/webhook"
"""Its body is Stripe's, which adds to its events when it likes."""
SERVICES = tuple(applications())


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    query: dict[str, str]
    bodies: tuple[Json, ...] | None
    """Examples of its JSON body; None where it takes another kind of body."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


def operations_of(document: Json) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            taken = described.get("parameters", ())
            query = {p["name"]: _value(p["schema"]) for p in taken if p["in"] == "query" and p["required"]}
            yield Operation(method, re.sub(r"\{\w+\}", "x", path), query, _bodies(document, described))


def _value(schema: Json) -> str:
    return "2026-11-20" if schema.get("format") == "date" else "x"


def _bodies(document: Json, operation: Json) -> tuple[Json, ...] | None:
    contents: Json = operation.get("requestBody", {}).get("content", {})
    if contents and "application/json" not in contents:
        return None
    bodies = [body for content in contents.values() for body in _shown(document, content)]
    assert bodies or not contents, "no example of a body"
    return tuple(bodies) or ({},)


def _shown(document: Json, content: Json) -> list[Json]:
    """Those of the content itself, and of the models that its schema names."""
    schemas: Json = document["components"]["schemas"]
    schema = content["schema"]
    refs = [each.get("$ref", "") for each in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()))]
    named = [body for ref in refs for body in schemas.get(ref.rpartition("/")[2], {}).get("examples", ())]
    return [*examples_of(document, content), *named]


def with_unknown(body: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The body with one unknown field, once in each of its objects, and the pointer to it."""
    if isinstance(body, dict):
        yield f"{place}/{UNKNOWN}", {**body, UNKNOWN: 1}
        for name, inner in body.items():
            for pointer, changed in with_unknown(inner, f"{place}/{name}"):
                yield pointer, {**body, name: changed}
    if isinstance(body, list):
        for index, inner in enumerate(body):
            for pointer, changed in with_unknown(inner, f"{place}/{index}"):
                copy = deepcopy(body)
                copy[index] = changed
                yield pointer, copy


def fields_of(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, (answer.request.url, answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    return {error["field"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("service", SERVICES)
async def test_no_route_ignores_a_parameter_or_a_field_that_it_does_not_know(service: str, issuer: Issuer) -> None:
    app = applications(jwks_url=issuer.jwks_url, issuer=issuer.url)[service]
    known = {"If-Match": '"1"', "Idempotency-Key": "k"}
    headers = {**issuer.headers(roles=["billing_manager", "auditor"], clinics=["*"]), **known}
    operations = list(operations_of(app.openapi()))
    assert operations
    async with client_of(app) as http:
        for one in operations:
            answer = await http.request(one.method, one.path, params={**one.query, UNKNOWN: "1"}, headers=headers)
            assert UNKNOWN in fields_of(answer)
            for body in (one.bodies or ()) if one.path != SIGNED else ():
                for pointer, changed in with_unknown(body):
                    answer = await http.request(one.method, one.path, params=one.query, json=changed, headers=headers)
                    assert pointer in fields_of(answer), (one, answer.text)
