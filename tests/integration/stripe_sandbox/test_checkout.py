"""Checkout: a link, a page, a card, and what becomes of the link."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import stripe

from tests.integration.stripe_sandbox.receiver import Receiver

GOOD, DECLINED, ASKS_THE_BANK = "4242 4242 4242 4242", "4000000000000002", "4000000000003220"
BROWSER = {"Accept": "text/html"}
SUCCESS = "https://clinic.example/paid?session={CHECKOUT_SESSION_ID}"


def wanted(amount: int = 12_500, **more: Any) -> Any:
    """Parameters of a session for one thing to pay."""
    price = {"currency": "eur", "unit_amount": amount, "product_data": {"name": "Invoice 2026-17"}}
    return {"mode": "payment", "line_items": [{"price_data": price, "quantity": 1}], "success_url": SUCCESS, **more}


async def pay(control: httpx2.AsyncClient, session: stripe.checkout.Session, number: str) -> httpx2.Response:
    typed = {"number": number, "name": "A. Patient", "email": "a@example.org", "exp": "12/34", "cvc": "123"}
    return await control.post(str(session.url), data=typed, headers=BROWSER)


async def test_a_customer_pays_on_the_hosted_page(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    data = {"metadata": {"payment_id": "pay-1"}, "description": "Invoice 2026-17"}
    params = wanted(payment_intent_data=data, metadata={"own": "1"}, client_reference_id="pay-1")
    session = await client.v1.checkout.sessions.create_async(params, {"idempotency_key": "link-1"})
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency) == (12_500, "eur")
    page = await control.get(str(session.url))
    assert "Invoice 2026-17: 12500 EUR" in page.text

    paid = await pay(control, session, GOOD)
    back = urlsplit(paid.headers["location"])
    assert (paid.status_code, back.hostname, parse_qs(back.query)) == (303, "clinic.example", {"session": [session.id]})
    after = await client.v1.checkout.sessions.retrieve_async(session.id)
    assert (after.status, after.payment_status, after.url) == ("complete", "paid", None)
    assert after.metadata is not None
    assert after.metadata["own"] == "1"
    assert after.customer_details is not None
    assert after.customer_details.email == "a@example.org"
    intent = await client.v1.payment_intents.retrieve_async(str(after.payment_intent))
    assert (intent.status, intent.amount_received, intent.description) == ("succeeded", 12_500, "Invoice 2026-17")
    assert intent.metadata["payment_id"] == "pay-1"
    await receiver.heard(intent.id, "payment_intent.succeeded", "checkout.session.completed")
    again = await pay(control, session, GOOD)
    assert again.headers["location"] == paid.headers["location"]
    assert len((await client.v1.charges.list_async({"payment_intent": intent.id})).data) == 1


async def test_a_declined_card_may_be_tried_again_on_the_same_page(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    session = await client.v1.checkout.sessions.create_async(wanted())
    refused = await pay(control, session, DECLINED)
    assert (refused.status_code, "Your card was declined." in refused.text) == (402, True)
    assert "Your card was declined." in (await control.get(str(session.url))).text
    assert (await pay(control, session, "4242")).status_code == 402
    assert (await pay(control, session, GOOD)).status_code == 303
    after = await client.v1.checkout.sessions.retrieve_async(session.id)
    charges = await client.v1.charges.list_async({"payment_intent": str(after.payment_intent)})
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "complete"), ("failed", "open")])
async def test_a_card_with_3d_secure_goes_by_its_bank(
    client: stripe.StripeClient, control: httpx2.AsyncClient, outcome: str, status: str
) -> None:
    session = await client.v1.checkout.sessions.create_async(wanted())
    asked = await pay(control, session, ASKS_THE_BANK)
    answered = await control.post(asked.headers["location"], data={"outcome": outcome}, headers=BROWSER)
    assert answered.headers["location"].startswith(str(session.url))
    assert (await client.v1.checkout.sessions.retrieve_async(session.id)).status == status
    landed = await control.get(answered.headers["location"])
    assert landed.status_code == (303 if outcome == "succeeded" else 200)
    assert ("unable to authenticate" in landed.text) == (outcome == "failed")


async def test_a_link_expires_by_itself_and_cancels_its_payment(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    session = await client.v1.checkout.sessions.create_async(wanted())
    hour = await client.v1.checkout.sessions.create_async(wanted(expires_at=session.created + 3_600))
    await pay(control, hour, DECLINED)
    await control.post("/sandbox/time", json={"seconds": 3_600})
    listed = await client.v1.checkout.sessions.list_async({"status": "expired", "limit": 100})
    assert hour.id in [each.id for each in listed.data]
    after = await client.v1.checkout.sessions.retrieve_async(hour.id)
    assert (after.status, after.payment_status, after.url) == ("expired", "unpaid", None)
    assert (await client.v1.payment_intents.retrieve_async(str(after.payment_intent))).status == "canceled"
    assert (await pay(control, hour, GOOD)).status_code == 410
    assert (await client.v1.checkout.sessions.retrieve_async(session.id)).status == "open"
    await receiver.heard(str(after.payment_intent), "payment_intent.canceled", "checkout.session.expired")


async def test_a_link_can_be_ended_once(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    session = await client.v1.checkout.sessions.create_async(wanted())
    assert (await client.v1.checkout.sessions.expire_async(session.id)).status == "expired"
    assert (await pay(control, session, GOOD)).status_code == 410
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.checkout.sessions.expire_async(session.id)


async def test_the_payment_of_an_open_link_ends_with_its_link_only(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    session = await client.v1.checkout.sessions.create_async(wanted())
    await pay(control, session, DECLINED)
    intent = str((await client.v1.checkout.sessions.retrieve_async(session.id)).payment_intent)
    found = await client.v1.checkout.sessions.list_async({"payment_intent": intent})
    assert [each.id for each in found.data] == [session.id]
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        await client.v1.payment_intents.cancel_async(intent)


async def test_money_that_takes_its_time_completes_the_link_unpaid_first(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await control.post("/sandbox/faults", json={"settle_later": True})
    session = await client.v1.checkout.sessions.create_async(wanted())
    await pay(control, session, GOOD)
    waiting = await client.v1.checkout.sessions.retrieve_async(session.id)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    await control.post(f"/sandbox/payment_intents/{waiting.payment_intent}/settle")
    assert (await client.v1.checkout.sessions.retrieve_async(session.id)).payment_status == "paid"
    heard = ["checkout.session.completed", "checkout.session.async_payment_succeeded"]
    await receiver.heard(str(waiting.payment_intent), *heard)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"success_url": ""}, "success_url"),
        ({"line_items": []}, "line_items"),
        ({"expires_at": 5}, "expires_at"),
        ({"payment_intent_data": {"amount": 5}}, "payment_intent_data[amount]"),
        ({"payment_method_types": ["klarna"]}, "payment_method_types"),
        ({"customer": "cus_none"}, "customer"),
    ],
)
async def test_a_bad_link_is_refused_with_its_parameter(
    client: stripe.StripeClient, change: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.checkout.sessions.create_async(wanted() | change)
    assert refused.value.param == param
