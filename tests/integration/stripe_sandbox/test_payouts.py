"""Payouts: what reaches the bank is what was charged, less fees, refunds and disputes, to the cent."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import stripe

from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.stripe_sandbox.conftest import SECRET, of
from tests.integration.stripe_sandbox.receiver import Receiver

CHARGED, FEE = 10_000, 175


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeSandbox]:
    """One for each test: a payout takes all that there is."""
    with StripeSandbox(tmp_path_factory.mktemp("stripe"), webhook_secret=SECRET) as part:
        yield part


async def pay_out(control: httpx2.AsyncClient, **how: str) -> Any:
    return (await control.post("/sandbox/payouts", json=how)).raise_for_status().json()


async def parts(client: stripe.StripeClient, payout_id: str) -> list[stripe.BalanceTransaction]:
    listed = await client.v1.balance_transactions.list_async({"payout": payout_id, "limit": 2})
    return [part async for part in listed.auto_paging_iter()]


async def balance(client: stripe.StripeClient) -> dict[str, int]:
    return {entry.currency: entry.amount for entry in (await client.v1.balance.retrieve_async()).available}


async def test_a_payout_is_the_sum_of_its_parts(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    paid = [await client.v1.payment_intents.create_async(of(CHARGED, "pm_card_visa")) for _ in range(3)]
    await client.v1.payment_intents.create_async(of(CHARGED, "pm_card_visa", currency="usd"))
    refund = await client.v1.refunds.create_async({"payment_intent": paid[0].id, "amount": 4_000})
    await control.post(f"/sandbox/charges/{paid[1].latest_charge}/dispute")
    expected = 3 * (CHARGED - FEE) - 4_000 - (CHARGED + 1_500)
    assert (await balance(client))["eur"] == expected

    payout = await client.v1.payouts.retrieve_async((await pay_out(control, currency="eur"))["id"])
    assert (payout.amount, payout.status, payout.automatic) == (expected, "paid", True)
    listed = await parts(client, payout.id)
    own = [part for part in listed if part.type == "payout"]
    rest = [part for part in listed if part.type != "payout"]
    assert [(part.id, part.net) for part in own] == [(payout.balance_transaction, -expected)]
    assert sum(part.net for part in rest) == expected
    assert sorted(part.type for part in rest) == ["adjustment", "charge", "charge", "charge", "refund"]
    assert refund.balance_transaction in {part.id for part in rest}
    assert await balance(client) == {"usd": CHARGED - FEE}
    await receiver.heard(payout.id, "payout.created", "payout.paid", "payout.reconciliation_completed")


async def test_a_failed_payout_comes_back_and_goes_with_the_next(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await client.v1.payment_intents.create_async(of(CHARGED, "pm_card_visa"))
    failed = await client.v1.payouts.retrieve_async((await pay_out(control, outcome="failed"))["id"])
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    await client.v1.payment_intents.create_async(of(CHARGED, "pm_card_visa"))
    following = await client.v1.payouts.retrieve_async((await pay_out(control))["id"])
    assert following.amount == 2 * (CHARGED - FEE)
    kinds = sorted(part.type for part in await parts(client, following.id))
    assert kinds == ["charge", "payout", "payout_failure"]
    await receiver.heard(failed.id, "payout.created", "payout.failed")


async def test_a_payout_on_its_way_is_settled_by_the_bank(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    await client.v1.payment_intents.create_async(of(CHARGED, "pm_card_visa"))
    payout = await pay_out(control, outcome="in_transit")
    assert payout["status"] == "in_transit"
    assert (await control.post("/sandbox/payouts", json={})).status_code == 400
    settled = await control.post(f"/sandbox/payouts/{payout['id']}/settle")
    assert settled.json()["status"] == "paid"
    assert (await control.post(f"/sandbox/payouts/{payout['id']}/settle")).status_code == 400


async def test_payouts_are_listed_by_state_and_time(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    ids = []
    for _ in range(3):
        await client.v1.payment_intents.create_async(of(CHARGED, "pm_card_visa"))
        ids.append((await pay_out(control))["id"])
        await control.post("/sandbox/time", json={"seconds": 3_600})
    first = await client.v1.payouts.retrieve_async(ids[0])
    later: Any = {"created": {"gt": first.created}, "status": "paid", "limit": 1}
    found = await client.v1.payouts.list_async(later)
    assert [payout.id async for payout in found.auto_paging_iter()] == [ids[2], ids[1]]
    arriving: Any = {"arrival_date": {"lte": first.arrival_date}}
    assert [payout.id for payout in (await client.v1.payouts.list_async(arriving)).data] == [ids[0]]
    assert (await client.v1.payouts.list_async({"status": "failed"})).data == []


async def test_a_debt_is_not_paid_out(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    await client.v1.payment_intents.create_async(of(CHARGED, "pm_card_createDispute"))
    assert await balance(client) == {"eur": -FEE - 1_500}
    assert (await control.post("/sandbox/payouts", json={})).json()["error"]["code"] == "balance_insufficient"


async def test_forints_are_paid_out_whole_and_the_rest_goes_with_the_next(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    for expected in (19_600, 19_700):
        await client.v1.payment_intents.create_async(of(20_000, "pm_card_visa", currency="huf"))
        assert (await pay_out(control, currency="huf"))["amount"] == expected
    assert (await balance(client))["huf"] == 2 * (20_000 - 325) - 19_600 - 19_700
