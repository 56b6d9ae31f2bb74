"""Signing in at the development issuer: what it asks of a client, and what it gives how often."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dev.parts.sign_in import ACCESS_S, CODE_S, PEOPLE, SESSION_S, Asked, NotAnswered, Refused, SignIn, s256
from dev.parts.sign_in_page import choice

BACK = "http://127.0.0.1:8080/callback"
OUT = "http://127.0.0.1:8080/"
VERIFIER = "v" * 43
ASKED = {
    "client_id": "desk",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid profile",
    "state": "state-1",
    "nonce": "nonce-1",
    "code_challenge": s256(VERIFIER),
    "code_challenge_method": "S256",
}
FORM = {
    "client_id": "desk",
    "redirect_uri": BACK,
    "grant_type": "authorization_code",
    "code_verifier": VERIFIER,
}
INES = PEOPLE[0]


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(clock: Clock) -> SignIn:
    """Whose tokens are what they say, unsigned."""

    def signed(claims: Any, type_: str) -> str:
        return repr({**claims, "typ": type_})

    return SignIn("http://issuer", signed, lambda person, s: f"{person.sub} for {s}", [BACK], [OUT], clock)


def params(known: dict[str, str], **changes: str | None) -> dict[str, list[str]]:
    """The parameters, changed; a change to None leaves one out."""
    return {name: [value] for name, value in {**known, **changes}.items() if value is not None}


def asked(issuer: SignIn) -> Asked:
    return issuer.asked(params(ASKED))


def code_for(issuer: SignIn) -> str:
    return parse_qs(urlsplit(issuer.answer(asked(issuer), INES.sub)).query)["code"][0]


def refusal(ask: Any) -> str:
    with pytest.raises(Refused) as refused:
        ask()
    return refused.value.error


def test_who_chose_goes_back_with_a_code_the_state_and_who_answers(issuer: SignIn) -> None:
    place = urlsplit(issuer.answer(asked(issuer), INES.sub))
    answer = parse_qs(place.query)
    assert f"{place.scheme}://{place.netloc}{place.path}" == BACK
    assert (answer["state"], answer["iss"], len(answer["code"])) == (["state-1"], ["http://issuer"], 1)
    assert refusal(lambda: issuer.answer(asked(issuer), "usr-nobody")) == "access_denied"


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "till"}, {"client_id": None}, {"redirect_uri": f"{BACK}/"}, {"redirect_uri": None}],
)
def test_nobody_is_sent_to_an_address_that_is_not_the_clients_letter_by_letter(
    issuer: SignIn, changes: dict[str, str | None]
) -> None:
    with pytest.raises(NotAnswered):
        issuer.asked(params(ASKED, **changes))
    with pytest.raises(NotAnswered):
        issuer.refusal(params(ASKED, **changes), Refused("invalid_request", "x"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_request_that_leaves_out_what_protects_it_is_refused_at_its_address(
    issuer: SignIn, changes: dict[str, str | None], error: str
) -> None:
    wrong = params(ASKED, **changes)
    assert refusal(lambda: issuer.asked(wrong)) == error
    answer = parse_qs(urlsplit(issuer.refusal(wrong, Refused(error, "why"))).query)
    assert (answer["error"], answer.get("state", ["state-1"])) == ([error], ["state-1"])
    assert refusal(lambda: issuer.asked({**params(ASKED), "state": ["a", "b"]})) == "invalid_request"


def test_a_code_gives_tokens_of_the_person_with_the_nonce(issuer: SignIn, clock: Clock) -> None:
    given = issuer.exchange(params(FORM, code=code_for(issuer)))
    assert given["access_token"] == f"{INES.sub} for {ACCESS_S}"
    assert (given["token_type"], given["expires_in"], given["scope"]) == ("Bearer", ACCESS_S, "openid profile")
    for claim in ("'nonce': 'nonce-1'", "'aud': 'desk'", f"'sub': '{INES.sub}'", f"'exp': {int(clock.now) + ACCESS_S}"):
        assert claim in str(given["id_token"])


def test_a_code_is_taken_once_and_what_it_gave_ends_when_it_comes_again(issuer: SignIn) -> None:
    form = params(FORM, code=code_for(issuer))
    given = issuer.exchange(form)
    assert refusal(lambda: issuer.exchange(form)) == "invalid_grant"
    renewing = {"grant_type": "refresh_token", "client_id": "desk", "refresh_token": str(given["refresh_token"])}
    assert refusal(lambda: issuer.exchange(params(renewing))) == "invalid_grant"


def test_a_code_ends_after_a_minute(issuer: SignIn, clock: Clock) -> None:
    first, second = code_for(issuer), code_for(issuer)
    clock.now += CODE_S - 1
    assert issuer.exchange(params(FORM, code=first))
    clock.now += 1
    assert refusal(lambda: issuer.exchange(params(FORM, code=second))) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"redirect_uri": OUT}, "invalid_grant"),
        ({"client_id": "till"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_for_who_asked_for_it(issuer: SignIn, changes: dict[str, str | None], error: str) -> None:
    assert refusal(lambda: issuer.exchange(params(FORM, **{"code": code_for(issuer), **changes}))) == error


def test_each_refresh_token_is_taken_once_and_ends_with_the_session(issuer: SignIn, clock: Clock) -> None:
    def renew(known: dict[str, object]) -> dict[str, object]:
        token = str(known["refresh_token"])
        return issuer.exchange(params({"grant_type": "refresh_token", "client_id": "desk", "refresh_token": token}))

    first = issuer.exchange(params(FORM, code=code_for(issuer)))
    second = renew(first)
    assert second["refresh_token"] != first["refresh_token"]
    assert "nonce" not in str(second["id_token"])
    third = renew(second)
    assert refusal(lambda: renew(second)) == "invalid_grant"
    assert refusal(lambda: renew(third)) == "invalid_grant", "somebody else has it: nobody goes on"
    other = issuer.exchange(params(FORM, code=code_for(issuer)))
    clock.now += SESSION_S
    assert refusal(lambda: renew(other)) == "invalid_grant"


def test_who_signs_out_is_sent_only_to_the_clients_own_address(issuer: SignIn) -> None:
    given = issuer.exchange(params(FORM, code=code_for(issuer)))
    token = str(given["refresh_token"])
    away = {"post_logout_redirect_uri": OUT, "state": "s"}
    assert issuer.sign_out(token.partition(".")[0], params(away)) == f"{OUT}?state=s"
    renewing = params({"grant_type": "refresh_token", "client_id": "desk", "refresh_token": token})
    assert refusal(lambda: issuer.exchange(renewing)) == "invalid_grant"
    assert issuer.sign_out(None, params({"post_logout_redirect_uri": BACK})) is None


def test_the_page_says_what_it_is_for_and_shows_what_came_as_text() -> None:
    page = choice(params(ASKED, state='"><b>bold</b>'))
    assert "For development only" in page
    assert "<b>" not in page
    assert [page.count(f'value="{one.sub}"') for one in PEOPLE] == [1, 1, 1]
    assert {one.role for one in PEOPLE} == {"front_desk", "billing_manager", "auditor"}
