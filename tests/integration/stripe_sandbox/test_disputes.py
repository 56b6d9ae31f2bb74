"""Disputes: a bank takes a payment back, or asks first, and how that ends in the balance."""

from typing import Any

import httpx2
import pytest
import stripe

from tests.integration.stripe_sandbox.conftest import of
from tests.integration.stripe_sandbox.receiver import Receiver

AMOUNT, FEE = 8_000, 1_500


async def disputed(client: stripe.StripeClient, method: str = "pm_card_createDispute") -> stripe.Dispute:
    """The dispute of a card whose bank opens one at once."""
    paid = await client.v1.payment_intents.create_async(of(AMOUNT, method))
    assert paid.status == "succeeded"
    return (await client.v1.disputes.list_async({"payment_intent": paid.id})).data[0]


async def moved(client: stripe.StripeClient, dispute: stripe.Dispute) -> list[tuple[str, int, int]]:
    """What the dispute did to the balance: category, amount, fee."""
    listed = await client.v1.balance_transactions.list_async({"source": dispute.id})
    return [(entry.reporting_category, entry.amount, entry.fee) for entry in listed.data]


async def test_a_disputed_payment_leaves_the_balance_with_a_fee(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    dispute = await disputed(client)
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", AMOUNT)
    assert dispute.is_charge_refundable is False
    assert await moved(client, dispute) == [("dispute", -AMOUNT, FEE)]
    assert [entry.id for entry in dispute.balance_transactions] == [
        entry.id for entry in (await client.v1.balance_transactions.list_async({"source": dispute.id})).data
    ]
    charge = await client.v1.charges.retrieve_async(str(dispute.charge))
    assert (charge.disputed, charge.refunded, charge.amount_refunded) == (True, False, 0)
    types = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    events = await receiver.heard(str(dispute.payment_intent), *types)
    assert [event.type for event in events if "dispute" in event.type] == types


async def test_a_disputed_charge_cannot_be_refunded(client: stripe.StripeClient) -> None:
    dispute = await disputed(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"charge": str(dispute.charge)})
    assert refused.value.code == "charge_disputed"


@pytest.mark.parametrize(
    ("outcome", "movements"),
    [
        ("won", [("dispute_reversal", AMOUNT, 0), ("dispute", -AMOUNT, FEE)]),
        ("lost", [("dispute", -AMOUNT, FEE)]),
    ],
)
async def test_a_dispute_is_won_or_lost(
    client: stripe.StripeClient,
    control: httpx2.AsyncClient,
    receiver: Receiver,
    outcome: str,
    movements: list[tuple[str, int, int]],
) -> None:
    dispute = await disputed(client, "pm_card_createDisputeProductNotReceived")
    assert dispute.reason == "product_not_received"
    await control.post(f"/sandbox/disputes/{dispute.id}/close", json={"outcome": outcome})
    assert (await client.v1.disputes.retrieve_async(dispute.id)).status == outcome
    assert await moved(client, dispute) == movements
    await receiver.heard(str(dispute.payment_intent), "charge.dispute.closed")
    if outcome == "won":
        await receiver.heard(str(dispute.payment_intent), "charge.dispute.funds_reinstated")
    again = await control.post(f"/sandbox/disputes/{dispute.id}/close", json={"outcome": "won"})
    assert again.status_code == 400


@pytest.mark.parametrize(
    ("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost"), ("We did it.", "under_review")]
)
async def test_evidence_decides_as_in_test_mode(
    client: stripe.StripeClient, receiver: Receiver, text: str, status: str
) -> None:
    dispute = await disputed(client)
    staged: Any = {"evidence": {"service_date": "2026-11-20"}, "submit": False}
    assert (await client.v1.disputes.update_async(dispute.id, staged)).status == "needs_response"
    answered = await client.v1.disputes.update_async(dispute.id, {"evidence": {"uncategorized_text": text}})
    assert (answered.status, answered.evidence.service_date) == (status, "2026-11-20")
    assert (answered.evidence_details.has_evidence, answered.evidence_details.submission_count) == (True, 1)
    await receiver.heard(str(dispute.payment_intent), "charge.dispute.updated", times=2)


async def test_a_dispute_that_is_given_up_is_lost(client: stripe.StripeClient) -> None:
    dispute = await disputed(client)
    assert (await client.v1.disputes.close_async(dispute.id)).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.disputes.close_async(dispute.id)


async def test_an_inquiry_moves_no_money_until_it_is_escalated(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    closed = await disputed(client, "pm_card_createDisputeInquiry")
    assert (closed.status, closed.is_charge_refundable) == ("warning_needs_response", True)
    await control.post(f"/sandbox/disputes/{closed.id}/close", json={"outcome": "lost"})
    assert (await client.v1.disputes.retrieve_async(closed.id)).status == "warning_closed"
    assert await moved(client, closed) == []
    escalated = await disputed(client, "pm_card_createDisputeInquiry")
    await control.post(f"/sandbox/disputes/{escalated.id}/escalate")
    assert (await client.v1.disputes.retrieve_async(escalated.id)).status == "needs_response"
    assert await moved(client, escalated) == [("dispute", -AMOUNT, FEE)]


async def test_any_charge_can_be_disputed_in_part_once(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    paid = await client.v1.payment_intents.create_async(of(AMOUNT, "pm_card_visa"))
    await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 1_000})
    path = f"/sandbox/charges/{paid.latest_charge}/dispute"
    assert (await control.post(path, json={"amount": 7_001})).status_code == 400
    assert (await control.post(path, json={"amount": 500, "reason": "duplicate"})).status_code == 200
    assert (await control.post(path)).status_code == 400
    listed = await client.v1.disputes.list_async({"charge": str(paid.latest_charge)})
    assert [(dispute.amount, dispute.reason) for dispute in listed.data] == [(500, "duplicate")]
    since: Any = {"charge": str(paid.latest_charge), "created": {"gte": listed.data[0].created}}
    assert len((await client.v1.disputes.list_async(since)).data) == 1
    since["created"] = {"gt": listed.data[0].created}
    assert (await client.v1.disputes.list_async(since)).data == []


@pytest.mark.parametrize("appealed", [False, True])
async def test_what_was_lost_may_be_won_later(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver, appealed: bool
) -> None:
    dispute = await disputed(client)
    path = f"/sandbox/disputes/{dispute.id}"
    assert (await control.post(f"{path}/withdraw")).status_code == 400
    await client.v1.disputes.close_async(dispute.id)
    if appealed:
        await control.post(f"{path}/appeal")
        assert (await client.v1.disputes.retrieve_async(dispute.id)).status == "appeal_under_review"
        await control.post(f"{path}/close", json={"outcome": "won"})
    else:
        await control.post(f"{path}/withdraw")
    assert (await client.v1.disputes.retrieve_async(dispute.id)).status == "won"
    assert await moved(client, dispute) == [("dispute_reversal", AMOUNT, 0), ("dispute", -AMOUNT, FEE)]
    await receiver.heard(str(dispute.payment_intent), "charge.dispute.funds_reinstated")


@pytest.mark.parametrize(
    ("case_type", "movements", "refundable"), [("block", [], True), ("resolution", [("dispute", -AMOUNT, 0)], False)]
)
async def test_a_dispute_is_prevented_and_costs_no_fee(
    client: stripe.StripeClient,
    control: httpx2.AsyncClient,
    case_type: str,
    movements: list[tuple[str, int, int]],
    refundable: bool,
) -> None:
    paid = await client.v1.payment_intents.create_async(of(AMOUNT, "pm_card_visa"))
    raised = await control.post(f"/sandbox/charges/{paid.latest_charge}/dispute", json={"prevented": case_type})
    dispute = await client.v1.disputes.retrieve_async(raised.json()["id"])
    assert (dispute.status, dispute.is_charge_refundable) == ("prevented", refundable)
    assert dispute.payment_method_details is not None
    assert dispute.payment_method_details.card is not None
    assert dispute.payment_method_details.card.case_type == case_type
    assert await moved(client, dispute) == movements
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.disputes.close_async(dispute.id)


async def test_a_dispute_may_be_in_the_cardholders_currency_and_moves_the_charges(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    paid = await client.v1.payment_intents.create_async(of(AMOUNT, "pm_card_visa"))
    body = {"currency": "usd", "charged": 9_000, "amount": 4_500}
    raised = await control.post(f"/sandbox/charges/{paid.latest_charge}/dispute", json=body)
    dispute = await client.v1.disputes.retrieve_async(raised.json()["id"])
    assert (dispute.amount, dispute.currency) == (4_500, "usd")
    [entry] = dispute.balance_transactions
    assert (entry.amount, entry.currency) == (-AMOUNT // 2, "eur")
    charge = await client.v1.charges.retrieve_async(str(paid.latest_charge))
    assert charge.presentment_details is not None
    assert charge.presentment_details.presentment_amount == 9_000
