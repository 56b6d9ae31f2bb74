"""Delivers queued webhooks, signed as Stripe signs them, until each is answered with a 2xx."""

import asyncio
import contextlib
import hashlib
import hmac
import time

import httpx2

from dev.stripe_sandbox.errors import JsonObject
from dev.stripe_sandbox.faults import FaultBoard
from dev.stripe_sandbox.gate import encode
from dev.stripe_sandbox.store import Delivery, Store

_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.25, 5.0
_TIMEOUT_S = 5.0
_IDLE_S = 60.0


class Courier:
    def __init__(self, store: Store, faults: FaultBoard) -> None:
        self._store = store
        self._faults = faults
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. What was queued before a restart is due at once."""
        self._store.hurry()
        async with httpx2.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, verify=False) as client:
            while True:
                self._woken.clear()
                if self._faults.current.webhooks != "off":
                    await self._round(client)
                await self._pause()

    async def _round(self, client: httpx2.AsyncClient) -> None:
        for delivery in self._store.due(time.time(), newest_first=self._faults.current.webhooks == "reverse"):
            mode = self._faults.current.webhooks
            if mode == "off":
                return
            event = self._store.get(delivery.event_id)
            endpoint = self._store.get(delivery.endpoint_id)
            if event is None or endpoint is None:
                self._store.delivered(delivery)
                continue
            for _ in range(2 if mode == "twice" else 1):
                answered = await _post(client, endpoint, event)
            self._record(delivery, answered)

    def _record(self, delivery: Delivery, answered: bool) -> None:
        if not answered:
            retry_s = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2 ** min(delivery.attempts, 10))
            self._store.postpone(delivery, time.time() + retry_s)
            return
        with self._store.transaction():
            self._store.delivered(delivery)
            event = self._store.get(delivery.event_id)
            if event is not None:
                event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
                self._store.save(event)

    async def _pause(self) -> None:
        due = None if self._faults.current.webhooks == "off" else self._store.next_due()
        wait_s = _IDLE_S if due is None else max(0.0, due - time.time())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._woken.wait()


def signature(secret: str, payload: bytes, timestamp: int) -> str:
    """The Stripe-Signature header: HMAC-SHA256 over "timestamp.payload"."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + payload, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


async def _post(client: httpx2.AsyncClient, endpoint: JsonObject, event: JsonObject) -> bool:
    payload = encode(event)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(endpoint["secret"], payload, int(time.time())),
        "User-Agent": "Stripe/1.0 (sandbox)",
    }
    try:
        response = await client.post(endpoint["url"], content=payload, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
        return False
    return response.is_success
