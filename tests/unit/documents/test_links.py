"""Links to documents: signed, expiring, rotated."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from documents.adapters.links import SignedLinks
from documents.domain.deliveries.link_keys import keys_of
from documents.usecases.ports import LinkExpired, LinkTarget, LinkUnknown
from joserfc import jwt
from joserfc.jwk import OctKey

OLD, NEW = (f"{kid}:{base64.urlsafe_b64encode(kid.encode() * 32).decode()}" for kid in ("o", "n"))
BASE = "https://documents.clinic.example/"
TARGET = LinkTarget("dlv_1", "doc_1", 3)
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
GOOD: dict[str, object] = {"aud": "chairside-document", "exp": LATER, "dlv": "dlv_1", "doc": "doc_1", "ver": 3}


def token_of(url: str) -> str:
    [token] = parse_qs(urlsplit(url).query)["token"]
    return token


def signed(claims: dict[str, object], header: dict[str, str] | None = None) -> str:
    key = OctKey.import_key(keys_of(NEW)["n"])
    return jwt.encode(header or {"alg": "HS256", "kid": "n"}, claims, key)


def test_a_link_names_a_delivery_a_document_and_its_version_and_nothing_else() -> None:
    links = SignedLinks(BASE, NEW)
    url = links.url(TARGET, LATER)
    assert url.startswith("https://documents.clinic.example/shared/document.pdf?token=")
    assert links.read(token_of(url)) == TARGET
    assert links.url(TARGET, LATER) == url
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token_of(url).split(".")[:2])
    assert (head["alg"], head["kid"]) == ("HS256", "n")
    assert set(claims) == {"aud", "exp", "dlv", "doc", "ver"}


def test_a_key_goes_on_opening_what_it_signed_until_it_is_taken_out() -> None:
    before = token_of(SignedLinks(BASE, OLD).url(TARGET, LATER))
    both = SignedLinks(BASE, f"{NEW},{OLD}")
    assert both.read(before) == TARGET
    assert SignedLinks(BASE, NEW).read(token_of(both.url(TARGET, LATER))) == TARGET
    with pytest.raises(LinkUnknown):
        SignedLinks(BASE, NEW).read(before)


def test_a_link_ends_when_it_says() -> None:
    with pytest.raises(LinkExpired):
        SignedLinks(BASE, NEW).read(token_of(SignedLinks(BASE, NEW).url(TARGET, LATER - timedelta(days=31))))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        signed({"exp": LATER, "dlv": "dlv_1", "doc": "doc_1", "ver": 3}),
        signed({"aud": "elsewhere", "exp": LATER, "dlv": "dlv_1", "doc": "doc_1", "ver": 3}),
        signed({"aud": "chairside-document", "dlv": "dlv_1", "doc": "doc_1", "ver": 3}),
        signed({"aud": "chairside-document", "exp": LATER, "dlv": "dlv_1", "doc": "doc_1"}),
        signed({"aud": "chairside-document", "exp": LATER, "dlv": ["x"], "doc": "doc_1", "ver": "3"}),
        signed({**GOOD}, {"alg": "HS256", "kid": "x"}),
        base64.urlsafe_b64encode(b'{"alg":"none","kid":"n"}').decode().rstrip("=") + ".e30.",
        token_of(SignedLinks(BASE, NEW).url(TARGET, LATER))[:-4] + "AAAA",
    ],
)
def test_what_was_not_signed_here_opens_nothing(token: str) -> None:
    with pytest.raises(LinkUnknown):
        SignedLinks(BASE, NEW).read(token)


@pytest.mark.parametrize(
    "keys", ["", "k", "k:", "k:c2hvcnQ", f"{NEW},{NEW}", f":{NEW.partition(':')[2]}", f"{NEW},k:!"]
)
def test_keys_that_are_none_are_told_when_the_service_starts(keys: str) -> None:
    with pytest.raises(ValueError, match=r"needs|twice|base64url"):
        keys_of(keys)
