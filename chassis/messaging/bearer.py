"""Bearer tokens for Kafka's OAUTHBEARER (RFC 7628): from a file that somebody renews, or from the issuer itself."""

import asyncio
import json
import math
import time
from pathlib import Path

import httpx2
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError
from joserfc import jws
from joserfc.errors import JoseError
from pydantic import SecretStr

ANSWER_WITHIN_S = 10.0
RENEW_AHEAD = 0.2
"""Of a token's lifetime: it must not run out on its way to the broker."""


class FileToken(AbstractTokenProvider):  # type: ignore[misc]
    """Read for each connection, as what lies there is replaced before it expires."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def token(self) -> str:
        """Raises KafkaConnectionError when there is none; who connects tries again."""
        try:
            content = await asyncio.to_thread(self._file.read_text, encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise KafkaConnectionError(f"token file: {type(error).__name__}") from None
        return _usable(content.strip(), "token file")


class EndpointToken(AbstractTokenProvider):  # type: ignore[misc]
    """Of the token endpoint, for client credentials (RFC 6749, section 4.4); the same one until it is nearly over."""

    def __init__(self, url: str, client_id: str, client_secret: SecretStr, scope: str | None = None) -> None:
        self._url = url
        self._client = client_id, client_secret
        self._asked = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._asking = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0

    async def token(self) -> str:
        """Raises KafkaConnectionError when the endpoint gives none; who connects tries again."""
        async with self._asking:
            if time.monotonic() >= self._renew_at:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        asked_at = time.monotonic()
        client_id, secret = self._client
        try:
            async with httpx2.AsyncClient(timeout=ANSWER_WITHIN_S) as http:
                answer = await http.post(self._url, data=self._asked, auth=(client_id, secret.get_secret_value()))
            given = answer.raise_for_status().json()
            self._token = _usable(str(given["access_token"]), "token endpoint")
            lifetime_s = float(given.get("expires_in", 0))
        except httpx2.HTTPStatusError as error:
            raise KafkaConnectionError(f"token endpoint: answered {error.response.status_code}") from None
        except (httpx2.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise KafkaConnectionError(f"token endpoint: {type(error).__name__}") from None
        self._renew_at = asked_at + lifetime_s * (1 - RENEW_AHEAD)


def _usable(token: str, source: str) -> str:
    """A token that would break the message it is sent in (RFC 6750, section 2.1) is none, nor is one that is over."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise KafkaConnectionError(f"{source}: holds no bearer token")
    if _expires_at(token) <= time.time():
        raise KafkaConnectionError(f"{source}: the token has expired")
    return token


def _expires_at(token: str) -> float:
    """In seconds since 1970, as a JSON Web Token says it (RFC 7519, section 4.1.4); another kind says nothing."""
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
        return float(claims["exp"])
    except (JoseError, ValueError, KeyError, TypeError):
        return math.inf
