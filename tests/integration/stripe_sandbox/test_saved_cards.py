"""Cards kept for later: setup intents, customers' payment methods, and charging while the owner is away."""

from typing import Any

import httpx2
import pytest
import stripe

from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.stripe_sandbox.conftest import of
from tests.integration.stripe_sandbox.receiver import Receiver
from tests.integration.stripe_sandbox.test_checkout import BROWSER, SUCCESS, pay

ASKS_AT_SETUP, ASKS_ALWAYS = "pm_card_authenticationRequiredOnSetup", "pm_card_authenticationRequired"


async def kept(client: stripe.StripeClient, control: httpx2.AsyncClient, method: str) -> dict[str, str]:
    """A customer's card, kept by a setup intent: {"customer", "payment_method"}."""
    customer = await client.v1.customers.create_async({"name": "A. Patient"})
    params: Any = {"customer": customer.id, "payment_method_types": ["card"], "payment_method": method, "confirm": True}
    setup = await client.v1.setup_intents.create_async(params)
    if setup.status == "requires_action":
        await control.post(f"/sandbox/setup_intents/{setup.id}/authenticate")
        setup = await client.v1.setup_intents.retrieve_async(setup.id)
    assert setup.status == "succeeded"
    return {"customer": customer.id, "payment_method": str(setup.payment_method)}


def away(amount: int, card: dict[str, str], **more: Any) -> Any:
    return of(amount, card["payment_method"], customer=card["customer"], off_session=True, **more)


async def test_a_kept_card_is_listed_and_charged_again_while_its_owner_is_away(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    card = await kept(client, control, "pm_card_visa")
    listed = await client.v1.customers.payment_methods.list_async(card["customer"])
    assert [(method.id, method.customer) for method in listed.data] == [(card["payment_method"], card["customer"])]
    for amount in (1_000, 2_000):
        paid = await client.v1.payment_intents.create_async(away(amount, card))
        assert (paid.status, paid.payment_method) == ("succeeded", card["payment_method"])


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        (ASKS_AT_SETUP, None, None),
        (ASKS_ALWAYS, "authentication_required", "authentication_required"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ],
)
async def test_a_bank_may_want_its_customer_back(
    client: stripe.StripeClient,
    control: httpx2.AsyncClient,
    method: str,
    code: str | None,
    decline_code: str | None,
) -> None:
    card = await kept(client, control, method)
    if code is None:
        assert (await client.v1.payment_intents.create_async(away(1_000, card))).status == "succeeded"
        return
    with pytest.raises(stripe.CardError) as refused:
        await client.v1.payment_intents.create_async(away(1_000, card))
    error: Any = refused.value.error
    assert (error.code, error.decline_code) == (code, decline_code)
    intent = await client.v1.payment_intents.retrieve_async(error.payment_intent.id)
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    attached = await client.v1.payment_methods.retrieve_async(card["payment_method"])
    assert attached.customer == card["customer"]


async def test_a_card_is_kept_in_the_browser_with_the_client_secret(
    client: stripe.StripeClient, sandbox: StripeSandbox, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    customer = await client.v1.customers.create_async({})
    setup = await client.v1.setup_intents.create_async({"customer": customer.id, "metadata": {"patient": "pat-77"}})
    path = f"/v1/setup_intents/{setup.id}/confirm"
    typed = {"payment_method_data[type]": "card", "key": "pk_test_clinic", "client_secret": str(setup.client_secret)}
    declined = await control.post(path, data={**typed, "payment_method_data[card][number]": "4000000000000002"})
    assert declined.status_code == 402
    after = await client.v1.setup_intents.retrieve_async(setup.id)
    assert after.last_setup_error is not None
    assert (after.status, after.last_setup_error.code) == ("requires_payment_method", "card_declined")
    good = await control.post(path, data={**typed, "payment_method_data[card][number]": "4242424242424242"})
    assert (good.json()["status"], "pat-77" in good.text) == ("succeeded", False)
    stranger = await control.post(path, data={**typed, "client_secret": "seti_guess"})
    assert stranger.status_code == 400
    types = ["setup_intent.created", "setup_intent.setup_failed", "setup_intent.succeeded"]
    assert [event.type for event in await receiver.heard(setup.id, *types)] == types


async def test_a_refused_challenge_keeps_no_card(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    customer = await client.v1.customers.create_async({})
    setup = await client.v1.setup_intents.create_async({"customer": customer.id, "payment_method": ASKS_AT_SETUP})
    asked: Any = {"return_url": "https://clinic.example/back"}
    asked = await client.v1.setup_intents.confirm_async(setup.id, asked)
    page = str(asked.next_action.redirect_to_url.url)
    assert "is this you" in (await control.get(page)).text
    answered = await control.post(page, data={"outcome": "failed"}, headers=BROWSER)
    assert answered.headers["location"].startswith(f"https://clinic.example/back?setup_intent={setup.id}")
    assert (await client.v1.setup_intents.retrieve_async(setup.id)).status == "requires_payment_method"
    assert (await client.v1.customers.payment_methods.list_async(customer.id)).data == []
    assert (await client.v1.setup_intents.cancel_async(setup.id)).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.setup_intents.confirm_async(setup.id, {"payment_method": "pm_card_visa"})


async def test_a_payment_may_keep_its_card(client: stripe.StripeClient) -> None:
    customer = await client.v1.customers.create_async({})
    params = of(1_000, "pm_card_visa", customer=customer.id, setup_future_usage="off_session")
    paid = await client.v1.payment_intents.create_async(params)
    card = {"customer": customer.id, "payment_method": str(paid.payment_method)}
    assert (await client.v1.payment_intents.create_async(away(2_000, card))).status == "succeeded"


async def test_a_card_of_nobody_pays_once(client: stripe.StripeClient) -> None:
    paid = await client.v1.payment_intents.create_async(of(1_000, "pm_card_visa"))
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await client.v1.payment_intents.create_async(of(1_000, str(paid.payment_method)))


async def test_another_customers_card_is_refused(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    card = await kept(client, control, "pm_card_visa")
    other = await client.v1.customers.create_async({})
    for customer in ({}, {"customer": other.id}):
        with pytest.raises(stripe.InvalidRequestError, match="belongs to the Customer"):
            await client.v1.payment_intents.create_async(of(1_000, card["payment_method"], **customer))


async def test_a_card_that_was_let_go_is_never_charged_again(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    card = await kept(client, control, "pm_card_visa")
    assert (await client.v1.payment_methods.detach_async(card["payment_method"])).customer is None
    assert (await client.v1.payment_methods.list_async({"customer": card["customer"]})).data == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await client.v1.payment_intents.create_async(away(1_000, card))
    again: Any = {"customer": card["customer"]}
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await client.v1.payment_methods.attach_async(card["payment_method"], again)


async def test_a_customer_is_changed_found_and_deleted_with_his_cards(client: stripe.StripeClient) -> None:
    customer = await client.v1.customers.create_async({"email": "one@example.org", "payment_method": "pm_card_visa"})
    method = (await client.v1.customers.payment_methods.list_async(customer.id)).data[0]
    changed = await client.v1.customers.update_async(customer.id, {"metadata": {"patient": "pat-1"}})
    assert changed.metadata is not None
    assert (changed.metadata["patient"], changed.email) == ("pat-1", "one@example.org")
    await client.v1.payment_methods.update_async(method.id, {"card": {"exp_month": 1, "exp_year": 2040}})
    found = await client.v1.customers.list_async({"email": "one@example.org"})
    assert [each.id for each in found.data] == [customer.id]
    await client.v1.customers.delete_async(customer.id)
    assert (await client.v1.customers.retrieve_async(customer.id)).deleted is True
    assert (await client.v1.payment_methods.retrieve_async(method.id)).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        await client.v1.payment_intents.create_async(of(1_000, customer=customer.id))
    with pytest.raises(stripe.CardError):
        await client.v1.customers.create_async({"payment_method": "pm_card_chargeDeclined"})


@pytest.mark.parametrize(("number", "asks"), [("4242424242424242", False), ("4000002500003155", True)])
async def test_a_link_keeps_a_card_without_a_payment(
    client: stripe.StripeClient, control: httpx2.AsyncClient, number: str, asks: bool
) -> None:
    customer = await client.v1.customers.create_async({})
    params: Any = {"mode": "setup", "customer": customer.id, "success_url": SUCCESS, "payment_method_types": ["card"]}
    params["setup_intent_data"] = {"metadata": {"consent_id": "con-1"}}
    session = await client.v1.checkout.sessions.create_async(params)
    answered = await pay(control, session, number)
    if asks:
        answered = await control.post(answered.headers["location"], headers=BROWSER)
        answered = await control.get(answered.headers["location"])
    assert answered.headers["location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    after = await client.v1.checkout.sessions.retrieve_async(session.id)
    assert (after.status, after.payment_status, after.payment_intent) == ("complete", "no_payment_required", None)
    setup = await client.v1.setup_intents.retrieve_async(str(after.setup_intent))
    assert setup.metadata is not None
    assert (setup.status, setup.metadata["consent_id"]) == ("succeeded", "con-1")
    card = {"customer": customer.id, "payment_method": str(setup.payment_method)}
    assert (await client.v1.payment_intents.create_async(away(1_000, card))).status == "succeeded"


async def test_a_link_that_ends_ends_its_setup(client: stripe.StripeClient) -> None:
    params: Any = {"mode": "setup", "success_url": SUCCESS, "payment_method_types": ["card"]}
    session = await client.v1.checkout.sessions.create_async(params)
    await client.v1.checkout.sessions.expire_async(session.id)
    assert (await client.v1.setup_intents.retrieve_async(str(session.setup_intent))).status == "canceled"
