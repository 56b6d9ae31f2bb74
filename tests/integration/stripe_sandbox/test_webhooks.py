import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe
from payments.adapters.stripe.http_client import StripeHttp

from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.stripe_sandbox.conftest import SECRET, of
from tests.integration.stripe_sandbox.receiver import Receiver

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"]


async def test_each_step_of_a_payment_arrives_signed_and_in_order(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    paid = await client.v1.payment_intents.create_async(
        of(2_000, "pm_card_visa", metadata={"payment_id": "pay-1"}), {"idempotency_key": "signed"}
    )
    await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 500})
    events = await receiver.heard(paid.id, *PAID, "refund.created", "charge.refunded")
    assert [event.type for event in events] == [*PAID, "refund.created", "charge.refunded"]
    succeeded: Any = events[2]
    assert succeeded.data.object.metadata["payment_id"] == "pay-1"
    assert (succeeded.data.object.status, succeeded.data.object.amount_received) == ("succeeded", 2_000)
    assert (succeeded.request.idempotency_key, succeeded.livemode, receiver.forged) == ("signed", False, 0)
    kept = await client.v1.events.retrieve_async(succeeded.id)
    assert (kept.type, kept.data.object["id"]) == ("payment_intent.succeeded", paid.id)
    listed = await client.v1.events.list_async({"types": ["charge.updated", "charge.refunded"], "limit": 2})
    assert [event.type for event in listed.data] == ["charge.refunded", "charge.updated"]


@pytest.mark.parametrize(
    ("method", "types"),
    [
        ("pm_card_chargeDeclined", ["charge.failed", "payment_intent.payment_failed"]),
        ("pm_card_threeDSecure2Required", ["payment_intent.requires_action", "payment_intent.canceled"]),
    ],
)
async def test_a_payment_that_fails_says_so(
    client: stripe.StripeClient, receiver: Receiver, method: str, types: list[str]
) -> None:
    intent = await client.v1.payment_intents.create_async(of(2_000))
    with contextlib.suppress(stripe.CardError):
        await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": method})
        await client.v1.payment_intents.cancel_async(intent.id)
    events = await receiver.heard(intent.id, *types)
    assert [event.type for event in events] == ["payment_intent.created", *types]


async def test_a_webhook_is_tried_again_until_it_is_taken(client: stripe.StripeClient, receiver: Receiver) -> None:
    receiver.refusals = 3
    paid = await client.v1.payment_intents.create_async(of(2_000, "pm_card_visa"))
    await receiver.heard(paid.id, *PAID)
    assert (receiver.refusals, receiver.types(paid.id)) == (0, Counter(PAID))


async def test_webhooks_can_be_held_back_and_come_in_reverse(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await control.post("/sandbox/faults", json={"webhooks": "off"})
    paid = await client.v1.payment_intents.create_async(of(2_000, "pm_card_visa"))
    assert (await control.get("/sandbox/health")).json()["pending_webhooks"] >= len(PAID)
    assert receiver.of(paid.id) == []
    await control.post("/sandbox/faults", json={"webhooks": "reverse"})
    events = await receiver.heard(paid.id, *PAID)
    assert [event.type for event in events] == PAID[::-1]


async def test_webhooks_can_come_twice_and_once_more_on_demand(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await control.post("/sandbox/faults", json={"webhooks": "twice"})
    paid = await client.v1.payment_intents.create_async(of(2_000, "pm_card_visa"))
    events = await receiver.heard(paid.id, *PAID, times=2)
    assert Counter(event.id for event in events) == {event.id: 2 for event in events}
    await control.post("/sandbox/faults", json={"webhooks": "on"})
    await control.post(f"/sandbox/events/{events[0].id}/resend")
    await receiver.heard(paid.id, PAID[0], times=3)


async def test_an_endpoint_of_its_own_gets_only_the_types_it_asked_for(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    async with Receiver("").listening() as other:
        endpoint = await client.v1.webhook_endpoints.create_async(
            {"url": other.url, "enabled_events": ["charge.refunded", "payment_intent.succeeded"]}
        )
        other.secret = str(endpoint.secret)
        paid = await client.v1.payment_intents.create_async(of(2_000, "pm_card_visa"))
        await client.v1.refunds.create_async({"payment_intent": paid.id})
        events = await other.heard(paid.id, "charge.refunded")
        assert [event.type for event in events] == ["payment_intent.succeeded", "charge.refunded"]
        listed = await client.v1.webhook_endpoints.list_async()
        assert all(getattr(shown, "secret", None) is None for shown in listed.data)
        await client.v1.webhook_endpoints.delete_async(endpoint.id)


@pytest.fixture
async def own_sandbox(tmp_path: Path) -> AsyncIterator[StripeSandbox]:
    with StripeSandbox(tmp_path / "stripe", webhook_secret=SECRET) as part:
        yield part


async def test_a_killed_sandbox_comes_back_with_its_state_and_delivers_what_was_pending(
    own_sandbox: StripeSandbox,
) -> None:
    http = StripeHttp(timeout_s=80)
    client = stripe.StripeClient("sk_test_x", http_client=http, base_addresses={"api": own_sandbox.url})
    async with Receiver(SECRET).listening() as receiver:
        async with httpx2.AsyncClient(base_url=own_sandbox.url) as control:
            await control.post("/sandbox/webhook_url", json={"url": receiver.url})
            await control.post("/sandbox/faults", json={"webhooks": "off"})
        params = of(2_000, "pm_card_visa", expand=["latest_charge"])
        paid = await client.v1.payment_intents.create_async(params, {"idempotency_key": "killed"})
        own_sandbox.kill()
        own_sandbox.start()
        again = await client.v1.payment_intents.create_async(params, {"idempotency_key": "killed"})
        assert str(again) == str(paid)
        assert (await client.v1.payment_intents.retrieve_async(paid.id)).amount_received == 2_000
        assert len((await client.v1.charges.list_async()).data) == 1
        events = await receiver.heard(paid.id, *PAID)
        assert [event.type for event in events] == PAID
    await http.close_async()
