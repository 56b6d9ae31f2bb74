"""One sandbox for the module's tests; each test has its own client and, where it asks, its own receiver."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
import stripe
from payments.adapters.stripe.http_client import StripeHttp

from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.stripe_sandbox.receiver import Receiver

SECRET = "whsec_test_of_the_sandbox"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeSandbox]:
    with StripeSandbox(tmp_path_factory.mktemp("stripe"), webhook_secret=SECRET) as part:
        yield part


@pytest.fixture
async def control(sandbox: StripeSandbox) -> AsyncIterator[httpx2.AsyncClient]:
    """For the /sandbox routes; every fault is healed after the test."""
    async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False, verify=False, timeout=30) as client:
        yield client
        await client.delete("/sandbox/faults")


@pytest.fixture
async def client(sandbox: StripeSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[stripe.StripeClient]:
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    http = StripeHttp(timeout_s=80)
    yield stripe.StripeClient(
        "sk_test_anything", http_client=http, base_addresses={"api": sandbox.url}, max_network_retries=0
    )
    await http.close_async()


@pytest.fixture
async def receiver(control: httpx2.AsyncClient) -> AsyncIterator[Receiver]:
    async with Receiver(SECRET).listening() as listening:
        (await control.post("/sandbox/webhook_url", json={"url": listening.url})).raise_for_status()
        yield listening


def of(amount: int, method: str | None = None, currency: str = "eur", **more: Any) -> Any:
    """Parameters of a payment intent; with a method it is confirmed at once."""
    confirming = {"confirm": True, "payment_method": method} if method else {}
    automatic = {"enabled": True, "allow_redirects": "never"}
    return {"amount": amount, "currency": currency, "automatic_payment_methods": automatic, **confirming, **more}
