"""Every object that the sandbox answers with or tells of is what Stripe publishes, field by field."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from operator import attrgetter
from typing import Any

import httpx2
import pytest
import stripe

from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.stripe_sandbox.conftest import of
from tests.integration.stripe_sandbox.shapes import problems
from tests.integration.stripe_sandbox.test_checkout import ASKS_THE_BANK, DECLINED, GOOD, SUCCESS, pay, wanted

LISTED: dict[str, Any] = {
    "payment_intents": stripe.PaymentIntent,
    "charges": stripe.Charge,
    "balance_transactions": stripe.BalanceTransaction,
    "refunds": stripe.Refund,
    "disputes": stripe.Dispute,
    "setup_intents": stripe.SetupIntent,
    "customers": stripe.Customer,
    "payouts": stripe.Payout,
    "checkout/sessions": stripe.checkout.Session,
    "webhook_endpoints": stripe.WebhookEndpoint,
    "events": stripe.Event,
}


@pytest.fixture
async def tour(client: stripe.StripeClient, control: httpx2.AsyncClient) -> list[str]:
    """Walks every object into every state that it can have here; ids of what no list shows."""
    await control.post("/sandbox/webhook_url", json={"url": "http://127.0.0.1:9/nobody"})
    paid = [await client.v1.payment_intents.create_async(of(2_000, name)) for name in ("pm_card_visa", "pm_card_amex")]
    for refused in ("pm_card_chargeDeclined", "pm_card_chargeDeclinedExpiredCard"):
        with contextlib.suppress(stripe.CardError):
            await client.v1.payment_intents.create_async(of(2_000, refused))
    await client.v1.payment_intents.cancel_async((await client.v1.payment_intents.create_async(of(900))).id)
    for url in ({}, {"return_url": "https://clinic.example"}):
        asked = await client.v1.payment_intents.create_async(of(900, "pm_card_threeDSecure2Required", **url))
    await control.post(f"/sandbox/payment_intents/{asked.id}/authenticate", json={"outcome": "failed"})
    await _refunds(client, control)
    for number in (GOOD, DECLINED, ASKS_THE_BANK):
        await pay(control, await client.v1.checkout.sessions.create_async(wanted()), number)
    await client.v1.checkout.sessions.expire_async((await client.v1.checkout.sessions.create_async(wanted())).id)
    await _disputes_and_payouts(client, control)
    customer = await _saved_cards(client, control)
    return [
        "balance",
        f"customers/{customer}/payment_methods",
        *(f"payment_methods/{intent.payment_method}" for intent in paid),
    ]


async def _refunds(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    for outcome in ("succeeded", "failed"):
        paid = await client.v1.payment_intents.create_async(of(700, "pm_card_pendingRefund"))
        refund = await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 300})
        await control.post(f"/sandbox/refunds/{refund.id}/settle", json={"outcome": outcome})


async def _saved_cards(client: stripe.StripeClient, control: httpx2.AsyncClient) -> str:
    customer = await client.v1.customers.create_async({"name": "A. Patient", "metadata": {"patient": "pat-1"}})
    gone = await client.v1.customers.create_async({"payment_method": "pm_card_visa"})
    for method in ("pm_card_visa", "pm_card_authenticationRequiredOnSetup", "pm_card_chargeDeclined"):
        setup = await client.v1.setup_intents.create_async({"customer": customer.id, "payment_method": method})
        confirming: Any = {"return_url": "https://clinic.example"}
        with contextlib.suppress(stripe.CardError):
            await client.v1.setup_intents.confirm_async(setup.id, confirming)
            await control.post(f"/sandbox/setup_intents/{setup.id}/authenticate", json={"outcome": "failed"})
    await client.v1.setup_intents.cancel_async(setup.id, {"cancellation_reason": "abandoned"})
    link: Any = {"mode": "setup", "success_url": SUCCESS, "payment_method_types": ["card"]}
    link["customer_creation"] = "always"
    await pay(control, await client.v1.checkout.sessions.create_async(link), GOOD)
    await client.v1.customers.delete_async(gone.id)
    return customer.id


async def _disputes_and_payouts(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    for method in ("pm_card_createDispute", "pm_card_createDisputeInquiry"):
        for text in ("winning_evidence", "losing_evidence", "escalate_inquiry_evidence", "none"):
            paid = await client.v1.payment_intents.create_async(of(700, method))
            dispute = (await client.v1.disputes.list_async({"payment_intent": paid.id})).data[0]
            with contextlib.suppress(stripe.InvalidRequestError):
                await client.v1.disputes.update_async(dispute.id, {"evidence": {"uncategorized_text": text}})
    for outcome in ("paid", "failed", "in_transit"):
        await client.v1.payment_intents.create_async(of(99_000, "pm_card_visa"))
        (await control.post("/sandbox/payouts", json={"outcome": outcome})).raise_for_status()


Get = Callable[[str], Awaitable[Any]]


@pytest.fixture
def get(control: httpx2.AsyncClient) -> Get:
    async def ask(path: str) -> Any:
        return (await control.get(f"/v1/{path}", auth=("sk_test_x", ""))).raise_for_status().json()

    return ask


async def _everything(tour: list[str], get: Get) -> list[dict[str, Any]]:
    found = [await get(path) for path in tour]
    for path in LISTED:
        cursor = ""
        while True:
            page = await get(f"{path}?limit=100{cursor}")
            found += [*page["data"], page]
            if not page["has_more"]:
                break
            cursor = f"&starting_after={page['data'][-1]['id']}"
    return found


async def test_every_object_and_event_is_as_published(tour: list[str], get: Get) -> None:
    found = await _everything(tour, get)
    assert [problem for item in found for problem in problems(item)] == []
    kinds = {item["object"] for item in found} - {"list"}
    assert kinds == {known.OBJECT_NAME for known in LISTED.values()} | {"balance", "payment_method"}


async def test_every_object_is_what_the_library_makes_of_it(tour: list[str], client: stripe.StripeClient) -> None:
    for path, known in LISTED.items():
        service = attrgetter(path.replace("/", "."))(client.v1)
        listed = await service.list_async({"limit": 100})
        assert listed.data
        for item in listed.data:
            assert isinstance(item, known)
            assert problems(item.to_dict()) == []


async def test_the_items_of_a_link_are_as_published(client: stripe.StripeClient, get: Get) -> None:
    session = await client.v1.checkout.sessions.create_async(wanted())
    listed = await get(f"checkout/sessions/{session.id}/line_items")
    assert (problems(listed), listed["data"][0]["amount_total"]) == ([], 12_500)


def _without(item: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The item once for each field that it has, at any depth, without that field."""
    for name, value in list(item.items()) if isinstance(item, dict) else []:
        del item[name]
        yield (*path, name), item
        item[name] = value
        yield from _without(value, (*path, name))


async def test_the_check_misses_no_required_field_that_is_dropped(
    client: stripe.StripeClient, sandbox: StripeSandbox, get: Get
) -> None:
    paid = await client.v1.payment_intents.create_async(of(2_000, "pm_card_visa"))
    charge = await get(f"charges/{paid.latest_charge}")
    dropped = {path for path, _ in _without(charge) if problems(charge)}
    assert {("amount",), ("currency",), ("paid",), ("billing_details",), ("payment_method_details", "type")} <= dropped
    assert ("description",) not in dropped


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"amount": "2000"}, "payment_intent.amount: '2000' is no int"),
        ({"amount": True}, "payment_intent.amount: True is no int"),
        ({"livemode": 0}, "payment_intent.livemode: 0 is no bool"),
        ({"currency": None}, "payment_intent.currency: None is no str"),
        ({"status": "paid"}, "payment_intent.status: 'paid' is not one of the published values"),
        ({"metadata": {"n": 1}}, "payment_intent.metadata.n: 1 is no str"),
        ({"payment_id": "x"}, "payment_intent.payment_id: unknown to PaymentIntent"),
        (
            {"last_payment_error": {"type": "card_error", "code": "no_luck"}},
            "payment_intent.last_payment_error.code: 'no_luck' is not one of the published values",
        ),
        (
            {"automatic_payment_methods": {}},
            "payment_intent.automatic_payment_methods.enabled: missing, "
            "PaymentIntent.AutomaticPaymentMethods requires it",
        ),
    ],
)
async def test_the_check_names_what_is_wrong(
    client: stripe.StripeClient, get: Get, change: dict[str, Any], problem: str
) -> None:
    intent = await get(f"payment_intents/{(await client.v1.payment_intents.create_async(of(2_000))).id}")
    assert problems(intent) == []
    assert problems(intent | change) == [problem]
