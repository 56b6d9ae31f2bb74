"""Every route of every service refuses what it does not know, and names it: as the API's own description lists them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx2
import pytest

from dev.reference.services import applications
from tests.parts.api_operations import operations_of
from tests.parts.issuer import Issuer, running_issuer
from tests.parts.web import client_of

UNKNOWN = "surely_unknown"
SIGNED = "/stripe/webhook"
"""Its body is Stripe's, which adds to its events when it likes."""
SERVICES = tuple(applications())


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


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


def fields_of(answer: httpx2.Response) -> set[str]:
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
