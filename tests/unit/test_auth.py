"""Who is let in, as whom, and how often we ask the issuer for its keys."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter
from joserfc.jwk import ECKey, OctKey, RSAKey

from chassis.http.auth import BillingManager, FrontDesk, Jwks, Principal, Reader, Verifier, require
from chassis.http.problems import HttpProblem
from kernel.actor import Actor
from kernel.errors import NotFound
from tests.parts.issuer import Issuer
from tests.parts.web import app_of, client_of

FAR_AHEAD = 4_000_000_000
"""Seconds since 1970 that no test will see."""
CLERK = Principal("usr-1", "Desk One", frozenset({"front_desk"}), frozenset({"clinic-berlin"}))


def verifier_of(issuer: Issuer, **options: Any) -> Verifier:
    return Verifier(Jwks(issuer.jwks_url, **options), issuer=issuer.url, audience="chairside")


async def refusal(issuer: Issuer, token: str) -> HttpProblem:
    with pytest.raises(HttpProblem) as refused:
        await verifier_of(issuer).verify(token)
    return refused.value


async def test_a_good_token_names_its_principal(issuer: Issuer) -> None:
    assert await verifier_of(issuer).verify(issuer.token()) == CLERK


async def test_a_token_signed_with_rs256_is_good_too(issuer: Issuer) -> None:
    rsa = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
    issuer.published = [issuer.key, rsa]
    assert await verifier_of(issuer).verify(issuer.token(key=rsa, alg="RS256")) == CLERK


async def test_headers_that_issuers_add_do_no_harm(issuer: Issuer) -> None:
    assert await verifier_of(issuer).verify(issuer.token(header={"x5t": "abc", "nonce": "n"})) == CLERK


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT"])
async def test_an_access_token_says_that_it_is_one(issuer: Issuer, typ: str) -> None:
    assert await verifier_of(issuer).verify(issuer.token(header={"typ": typ})) == CLERK


@pytest.mark.parametrize("typ", ["JWT", "dpop+jwt", "logout+jwt", ""])
async def test_a_token_for_something_else_is_no_access_token(issuer: Issuer, typ: str) -> None:
    """An ID token is signed by the same issuer, and may name the same audience (RFC 9068, 4)."""
    assert (await refusal(issuer, issuer.token(header={"typ": typ}))).code == "token-type"


async def test_an_issuer_that_sends_another_type_is_a_setting(issuer: Issuer) -> None:
    lenient = Verifier.of(issuer.settings(token_types="at+jwt, JWT"))
    for typ in ("JWT", "jwt", "at+jwt"):
        assert await lenient.verify(issuer.token(header={"typ": typ})) == CLERK
    with pytest.raises(HttpProblem):
        await lenient.verify(issuer.token(header={"typ": "dpop+jwt"}))


async def test_a_critical_header_that_we_do_not_understand_is_refused(issuer: Issuer) -> None:
    token = issuer.token(header={"crit": ["purpose"], "purpose": "testing"})
    assert (await refusal(issuer, token)).code == "token-invalid"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": 1}, "token-expired"),
        ({"exp": None}, "token-invalid"),
        ({"exp": "tomorrow"}, "token-invalid"),
        ({"nbf": FAR_AHEAD}, "token-invalid"),
        ({"iss": "https://somebody.example"}, "token-invalid"),
        ({"iss": None}, "token-invalid"),
        ({"aud": "another-product"}, "token-invalid"),
        ({"aud": None}, "token-invalid"),
        ({"sub": None}, "token-invalid"),
        ({"sub": ""}, "token-invalid"),
        ({"roles": "front_desk"}, "token-invalid"),
        ({"clinics": "*"}, "token-invalid"),
    ],
)
async def test_claims_that_are_not_for_us_are_refused(issuer: Issuer, changes: dict[str, Any], code: str) -> None:
    refused = await refusal(issuer, issuer.token(**changes))
    assert (refused.status, refused.code) == (401, code)


async def test_a_clock_a_little_off_is_forgiven(issuer: Issuer) -> None:
    now = int(time.time())
    assert await verifier_of(issuer).verify(issuer.token(exp=now - 5, nbf=now + 5)) == CLERK
    assert (await refusal(issuer, issuer.token(exp=now - 31))).code == "token-expired"


async def test_one_audience_of_several_is_enough(issuer: Issuer) -> None:
    assert await verifier_of(issuer).verify(issuer.token(aud=["another", "chairside"])) == CLERK


async def test_a_shared_secret_is_no_signature_even_when_published(issuer: Issuer) -> None:
    secret = OctKey.generate_key(256, {"use": "sig"}, auto_kid=True)
    issuer.published = [issuer.key, secret]
    assert (await refusal(issuer, issuer.token(key=secret, alg="HS256"))).code == "token-invalid"


async def test_an_unsigned_token_is_refused(issuer: Issuer) -> None:
    _, payload, _ = issuer.token().split(".")
    assert (await refusal(issuer, f"eyJhbGciOiJub25lIn0.{payload}.")).code == "token-invalid"


async def test_a_changed_payload_is_refused(issuer: Issuer) -> None:
    header, _, signature = issuer.token().split(".")
    _, manager, _ = issuer.token(roles=["billing_manager"]).split(".")
    assert (await refusal(issuer, f"{header}.{manager}.{signature}")).code == "token-invalid"


async def test_a_key_of_another_kind_than_the_algorithm_is_refused(issuer: Issuer) -> None:
    rsa = RSAKey.generate_key(2048, {"use": "sig", "kid": str(issuer.key.kid)})
    assert (await refusal(issuer, issuer.token(key=rsa, alg="RS256"))).code == "token-invalid"


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "....", "ä.b.c", "e30.e30.e30", '{"kid":1}'])
async def test_noise_is_no_token(issuer: Issuer, token: str) -> None:
    assert (await refusal(issuer, token)).code == "token-invalid"


async def test_a_new_key_is_fetched_when_a_token_names_it(issuer: Issuer) -> None:
    verifier = verifier_of(issuer, min_interval_s=0)
    await verifier.verify(issuer.token())
    new = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
    issuer.published = [new]
    assert await verifier.verify(issuer.token(key=new)) == CLERK


async def test_unknown_keys_do_not_make_us_ask_again_and_again(issuer: Issuer) -> None:
    verifier = verifier_of(issuer, min_interval_s=3600)
    await verifier.verify(issuer.token())
    for _ in range(20):
        foreign = ECKey.generate_key("P-256", auto_kid=True)
        with pytest.raises(HttpProblem):
            await verifier.verify(issuer.token(key=foreign))
    assert issuer.asked == 1


async def test_many_first_requests_at_once_ask_for_the_keys_once(issuer: Issuer) -> None:
    verifier = verifier_of(issuer)
    token = issuer.token()
    assert await asyncio.gather(*(verifier.verify(token) for _ in range(20))) == [CLERK] * 20
    assert issuer.asked == 1


async def test_a_key_that_the_issuer_took_back_is_no_longer_good_when_the_keys_are_old(issuer: Issuer) -> None:
    now = [0.0]
    verifier = verifier_of(issuer, max_age_s=600, monotonic=lambda: now[0])
    token = issuer.token()
    await verifier.verify(token)
    issuer.published = [ECKey.generate_key("P-256", auto_kid=True)]
    now[0] = 601
    with pytest.raises(HttpProblem, match="does not have"):
        await verifier.verify(token)


async def test_known_keys_stay_good_while_the_issuer_does_not_answer(issuer: Issuer) -> None:
    now = [0.0]
    verifier = verifier_of(issuer, max_age_s=600, monotonic=lambda: now[0])
    await verifier.verify(issuer.token())
    issuer.published = None
    now[0] = 601
    assert await verifier.verify(issuer.token()) == CLERK


async def test_without_any_key_nobody_is_judged_and_the_issuer_is_asked_again_soon(issuer: Issuer) -> None:
    now = [0.0]
    verifier = verifier_of(issuer, monotonic=lambda: now[0])
    published, issuer.published = issuer.published, None
    with pytest.raises(HttpProblem) as refused:
        await verifier.verify(issuer.token())
    assert (refused.value.status, refused.value.code) == (503, "issuer-unreachable")
    issuer.published = published
    now[0] = 2
    assert await verifier.verify(issuer.token()) == CLERK


def test_a_clinic_that_the_token_does_not_name_does_not_exist() -> None:
    CLERK.enter("clinic-berlin")
    with pytest.raises(NotFound):
        CLERK.enter("clinic-hamburg")


def test_a_star_names_every_clinic() -> None:
    everywhere = Principal("usr-2", None, frozenset({"auditor"}), frozenset({"*"}))
    everywhere.enter("clinic-hamburg")
    assert everywhere.visible_clinics() is None


def test_a_star_cannot_be_entered_as_a_clinic_by_others() -> None:
    with pytest.raises(NotFound):
        CLERK.enter("*")


def test_the_journal_names_the_strongest_role() -> None:
    both = Principal("usr-3", "Both", frozenset({"auditor", "billing_manager", "front_desk"}), frozenset())
    assert both.actor() == Actor("usr-3", "Both", "billing_manager")


def test_a_guard_of_no_role_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not roles"):
        require()


routes = APIRouter()


@routes.get("/read")
async def read(caller: Reader) -> str:
    return caller.sub


@routes.post("/change")
async def change(caller: FrontDesk) -> str:
    return caller.sub


@routes.post("/approve")
async def approve(caller: BillingManager) -> str:
    return caller.sub


@pytest.fixture
async def client(issuer: Issuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_of(issuer.settings(), routes)) as client:
        yield client


@pytest.mark.parametrize(
    ("role", "read", "change", "approve"),
    [
        ("front_desk", 200, 200, 403),
        ("billing_manager", 200, 200, 200),
        ("auditor", 200, 403, 403),
        ("somebody", 403, 403, 403),
    ],
)
async def test_each_role_does_what_it_may(
    issuer: Issuer, client: httpx2.AsyncClient, role: str, read: int, change: int, approve: int
) -> None:
    token = issuer.headers(roles=[role])
    answers = [
        await client.get("/read", headers=token),
        await client.post("/change", headers=token),
        await client.post("/approve", headers=token),
    ]
    assert [answer.status_code for answer in answers] == [read, change, approve]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 403} <= {"role-missing"}


async def test_without_a_token_the_answer_says_how_to_come_back(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/read")
    assert (answer.status_code, answer.json()["code"]) == (401, "token-missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="chairside"'


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Basic dXNlcjpwdw==", "bearer x.y.z"])
async def test_a_header_that_is_no_good_token_is_refused_with_a_challenge(
    client: httpx2.AsyncClient, value: str
) -> None:
    answer = await client.get("/read", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
