"""Bearer tokens for the broker: from a file as it is now, or from the issuer, one for as long as it lasts."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from chassis.messaging.bearer import EndpointToken, FileToken
from tests.parts.token_endpoint import TokenEndpoint, running_endpoint


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with running_endpoint() as endpoint:
        yield endpoint


def tokens_of(endpoint: TokenEndpoint, scope: str | None = None) -> EndpointToken:
    return EndpointToken(endpoint.url, "invoicing", SecretStr("hunter2"), scope)


async def test_the_issuer_is_asked_as_rfc_6749_has_it(endpoint: TokenEndpoint) -> None:
    assert await tokens_of(endpoint, "kafka").token() == "token-1"
    basic = f"Basic {b64encode(b'invoicing:hunter2').decode()}"
    assert endpoint.asked == [(basic, {"grant_type": ["client_credentials"], "scope": ["kafka"]})]


async def test_one_token_serves_all_connections_until_it_is_nearly_over(endpoint: TokenEndpoint) -> None:
    tokens = tokens_of(endpoint)
    assert set(await asyncio.gather(*(tokens.token() for _ in range(5)))) == {"token-1"}
    assert len(endpoint.asked) == 1


async def test_a_token_without_a_lifetime_is_used_once(endpoint: TokenEndpoint) -> None:
    endpoint.answer = 200, {"access_token": "token-1"}
    tokens = tokens_of(endpoint)
    await tokens.token()
    endpoint.answer = 200, {"access_token": "token-2"}
    assert await tokens.token() == "token-2"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((401, {"error": "invalid_client"}), "answered 401"),
        ((200, {"error": "invalid_client"}), "KeyError"),
        ((200, []), "TypeError"),
        ((200, {"access_token": "token-1", "expires_in": "soon"}), "ValueError"),
        ((200, {"access_token": ""}), "holds no bearer token"),
        ((200, {"access_token": "a\x01b"}), "holds no bearer token"),
    ],
)
async def test_an_answer_without_a_token_is_tried_again_by_who_connects(
    endpoint: TokenEndpoint, answer: tuple[int, Any], says: str
) -> None:
    tokens = tokens_of(endpoint)
    endpoint.answer = answer
    with pytest.raises(KafkaConnectionError, match=says) as refused:
        await tokens.token()
    assert "hunter2" not in str(refused.value)
    endpoint.answer = 200, {"access_token": "token-1", "expires_in": 300}
    assert await tokens.token() == "token-1"


async def test_an_endpoint_that_does_not_answer_is_no_token() -> None:
    with pytest.raises(KafkaConnectionError, match="ConnectError"):
        await EndpointToken("http://127.0.0.1:9/token", "invoicing", SecretStr("x")).token()


async def test_a_token_that_is_over_is_none(tmp_path: Path, endpoint: TokenEndpoint) -> None:
    key = OctKey.import_key("a secret of no consequence, of 32 bytes at least")
    file = tmp_path / "token"
    for claims, is_over in (({"exp": time.time() - 1}, True), ({"exp": time.time() + 60}, False), ({}, False)):
        token = jwt.encode({"alg": "HS256"}, claims, key)
        file.write_text(token)
        endpoint.answer = 200, {"access_token": token, "expires_in": 0}
        for tokens in (FileToken(file), tokens_of(endpoint)):
            if is_over:
                with pytest.raises(KafkaConnectionError, match="has expired"):
                    await tokens.token()
            else:
                assert await tokens.token() == token


async def test_a_file_is_read_for_each_connection(tmp_path: Path) -> None:
    file = tmp_path / "token"
    tokens = FileToken(file)
    for what in (b"", b"\xff\xfe", b"one two"):
        file.write_bytes(what)
        with pytest.raises(KafkaConnectionError, match="token file"):
            await tokens.token()
    file.write_text("token-1\n")
    assert await tokens.token() == "token-1"
    file.write_text("token-2\n")
    assert await tokens.token() == "token-2"
    file.unlink()
    with pytest.raises(KafkaConnectionError, match="FileNotFoundError"):
        await tokens.token()
