"""How Stripe's library speaks HTTP here: its own client for asyncio is for a package that we do not have."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, NoReturn

import httpx2
import stripe

Answered = tuple[bytes, int, Mapping[str, str]]


class StripeHttp(stripe.HTTPClient):
    """Each call has `timeout_s`. Trusts the authorities that come with Stripe's library, and no others."""

    name = "httpx2"

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        trusted = ssl.create_default_context(cafile=stripe.ca_bundle_path)
        self._http = httpx2.AsyncClient(timeout=timeout_s, verify=trusted)

    async def sleep_async(self, secs: float) -> None:
        """Between two attempts."""
        await asyncio.sleep(secs)

    async def request_async(self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None) -> Answered:
        """Raises stripe.APIConnectionError, which may be tried again."""
        try:
            answer = await self._http.request(method, url, headers=headers, content=post_data)
        except httpx2.HTTPError as error:
            _away(error)
        return answer.content, answer.status_code, answer.headers

    async def close_async(self) -> None:
        await self._http.aclose()


def _away(error: Exception) -> NoReturn:
    reason = f"no answer of Stripe: {type(error).__name__}"
    raise stripe.APIConnectionError(reason, should_retry=True) from error  # type: ignore[no-untyped-call]
