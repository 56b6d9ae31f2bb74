import httpx2
import pytest
import stripe

from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.stripe_sandbox.conftest import of
from tests.integration.stripe_sandbox.receiver import Receiver


@pytest.mark.parametrize("method", ["pm_card_visa", "pm_card_mastercard"])
async def test_a_card_that_works_pays_the_whole_amount(client: stripe.StripeClient, method: str) -> None:
    metadata = {"payment_id": f"pay_{method}", "clinic": "Łódź & Øst [1]"}
    expand = ["latest_charge.balance_transaction"]
    paid = await client.v1.payment_intents.create_async(of(12_500, method, metadata=metadata, expand=expand))
    assert (paid.status, paid.amount_received, paid.livemode) == ("succeeded", 12_500, False)
    assert paid.metadata.to_dict() == metadata
    charge = paid.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.status, charge.amount_captured, charge.payment_intent) == ("succeeded", 12_500, paid.id)
    booked = charge.balance_transaction
    assert isinstance(booked, stripe.BalanceTransaction)
    assert (booked.amount, booked.fee, booked.net) == (12_500, 213, 12_287)


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ],
)
async def test_a_declined_card_says_why_and_the_payment_may_be_tried_again(
    client: stripe.StripeClient, method: str, code: str, decline_code: str
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await client.v1.payment_intents.create_async(of(4_000, method))
    error = refused.value.error
    assert error is not None
    assert (refused.value.http_status, error.code, error.decline_code) == (402, code, decline_code)
    assert error.payment_intent is not None
    intent = await client.v1.payment_intents.retrieve_async(error.payment_intent.id, {"expand": ["latest_charge"]})
    assert (intent.status, intent.amount_received, intent.payment_method) == ("requires_payment_method", 0, None)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.decline_code == decline_code
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("failed", False)

    paid = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    charges = await client.v1.charges.list_async({"payment_intent": intent.id})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]


@pytest.mark.parametrize("method", ["pm_card_threeDSecure2Required", "pm_card_authenticationRequired"])
@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "succeeded"), ("failed", "requires_payment_method")])
async def test_a_card_with_3d_secure_waits_for_its_owner(
    client: stripe.StripeClient, control: httpx2.AsyncClient, method: str, outcome: str, status: str
) -> None:
    asked = await client.v1.payment_intents.create_async(of(9_900, method, return_url="https://clinic.example/back"))
    assert (asked.status, asked.latest_charge) == ("requires_action", None)
    assert asked.next_action is not None
    assert asked.next_action.redirect_to_url is not None
    page = str(asked.next_action.redirect_to_url.url)
    assert "is this you" in (await control.get(page)).text

    browser = {"Accept": "text/html"}
    answered = await control.post(page, data={"outcome": outcome}, headers=browser)
    after = await client.v1.payment_intents.retrieve_async(asked.id)
    assert answered.headers["location"].startswith("https://clinic.example/back?payment_intent=pi_")
    assert (after.status, after.next_action) == (status, None)
    assert bool(after.last_payment_error) == (outcome == "failed")


async def test_a_card_with_3d_secure_is_declined_when_its_owner_is_away(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await client.v1.payment_intents.create_async(of(9_900, "pm_card_authenticationRequired", off_session=True))
    assert refused.value.code == "authentication_required"


async def test_a_patient_pays_in_the_browser_with_the_client_secret(
    client: stripe.StripeClient, sandbox: StripeSandbox, control: httpx2.AsyncClient
) -> None:
    intent = await client.v1.payment_intents.create_async(of(5_000, metadata={"patient": "pat-77"}))
    path, typed = f"/v1/payment_intents/{intent.id}", {"payment_method_data[type]": "card", "key": "pk_test_clinic"}
    declined = {**typed, "payment_method_data[card][number]": "4000 0000 0000 0002"}
    good = {**typed, "payment_method_data[card][number]": "4242 4242 4242 4242"}
    secret = {"client_secret": str(intent.client_secret)}

    stranger = await control.post(f"{path}/confirm", data={**good, "client_secret": f"{intent.id}_secret_guess"})
    assert stranger.status_code == 400
    refused = await control.post(f"{path}/confirm", data={**declined, **secret})
    assert (refused.status_code, "pat-77" in refused.text) == (402, False)
    paid = await control.post(f"{path}/confirm", data={**good, **secret})
    assert (paid.status_code, paid.json()["status"], "pat-77" in paid.text) == (200, "succeeded", False)
    assert (await control.get(path, params={"key": "pk_test_clinic", **secret})).json()["status"] == "succeeded"
    refund = await control.post("/v1/refunds", data={"payment_intent": intent.id, "key": "pk_test_clinic"})
    assert refund.status_code == 403


async def test_a_paid_or_canceled_payment_cannot_be_moved_again(client: stripe.StripeClient) -> None:
    paid = await client.v1.payment_intents.create_async(of(1_000, "pm_card_visa"))
    canceled = await client.v1.payment_intents.cancel_async(
        (await client.v1.payment_intents.create_async(of(1_000))).id, {"cancellation_reason": "abandoned"}
    )
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    for move in (
        client.v1.payment_intents.cancel_async(paid.id),
        client.v1.payment_intents.confirm_async(paid.id),
        client.v1.payment_intents.update_async(paid.id, {"amount": 2_000}),
        client.v1.payment_intents.confirm_async(canceled.id, {"payment_method": "pm_card_visa"}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await move
        assert (refused.value.http_status, refused.value.code) == (400, "payment_intent_unexpected_state")


async def test_an_open_payment_can_be_changed_before_it_is_paid(client: stripe.StripeClient) -> None:
    customer = await client.v1.customers.create_async({"name": "A. Patient"})
    intent = await client.v1.payment_intents.create_async(of(1_000, metadata={"a": "1", "b": "2"}))
    changed = await client.v1.payment_intents.update_async(
        intent.id,
        {"amount": 1_500, "customer": customer.id, "metadata": {"a": "", "c": "3"}, "payment_method": "pm_card_visa"},
    )
    assert (changed.amount, changed.customer, changed.status) == (1_500, customer.id, "requires_confirmation")
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert (await client.v1.payment_intents.confirm_async(intent.id)).amount_received == 1_500


@pytest.mark.parametrize(
    ("currency", "whole", "between", "code"),
    [("kwd", 5_120, 5_124, None), ("isk", 50_000, 49_950, "invalid_charge_amount_no_decimal_compatible")],
)
async def test_amounts_between_two_that_card_networks_have_are_refused(
    client: stripe.StripeClient, currency: str, whole: int, between: int, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.create_async(of(between, "pm_card_visa", currency=currency))
    paid = await client.v1.payment_intents.create_async(of(whole, "pm_card_visa", currency=currency))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": abs(whole - between)})
    assert (refused.value.param, refused.value.code) == ("amount", code)


async def test_refunds_never_exceed_what_was_paid(client: stripe.StripeClient) -> None:
    paid = await client.v1.payment_intents.create_async(of(10_000, "pm_card_visa"))
    part = await client.v1.refunds.create_async(
        {"payment_intent": paid.id, "amount": 4_000, "reason": "requested_by_customer", "metadata": {"refund_id": "r1"}}
    )
    assert (part.status, part.amount, part.charge) == ("succeeded", 4_000, paid.latest_charge)
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 6_001})
    assert too_much.value.param == "amount"
    rest = await client.v1.refunds.create_async({"charge": str(paid.latest_charge)})
    assert rest.amount == 6_000
    with pytest.raises(stripe.InvalidRequestError) as nothing_left:
        await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert nothing_left.value.code == "charge_already_refunded"

    charge = await client.v1.charges.retrieve_async(str(paid.latest_charge))
    refunds = await client.v1.refunds.list_async({"payment_intent": paid.id})
    assert (charge.amount_refunded, charge.refunded) == (10_000, True)
    assert [refund.id for refund in refunds.data] == [rest.id, part.id]
    booked = await client.v1.balance_transactions.retrieve_async(str(part.balance_transaction))
    assert (booked.amount, booked.fee, booked.type) == (-4_000, 0, "refund")


async def test_a_payment_that_never_succeeded_cannot_be_refunded(client: stripe.StripeClient) -> None:
    intent = await client.v1.payment_intents.create_async(of(10_000))
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await client.v1.refunds.create_async({"payment_intent": intent.id})


async def test_a_bank_that_takes_its_time_settles_later(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await control.post("/sandbox/faults", json={"settle_later": True})
    good, bad = [await client.v1.payment_intents.create_async(of(700, "pm_card_visa")) for _ in range(2)]
    assert (good.status, good.amount_received) == ("processing", 0)
    await control.post(f"/sandbox/payment_intents/{good.id}/settle")
    await control.post(f"/sandbox/payment_intents/{bad.id}/settle", json={"outcome": "failed"})
    assert (await client.v1.payment_intents.retrieve_async(good.id)).status == "succeeded"
    assert (await client.v1.payment_intents.retrieve_async(bad.id)).status == "requires_payment_method"
    await receiver.heard(good.id, "payment_intent.processing", "payment_intent.succeeded", "charge.succeeded")
    await receiver.heard(bad.id, "payment_intent.processing", "payment_intent.payment_failed", "charge.failed")


async def test_a_refund_that_succeeded_may_still_come_back(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver
) -> None:
    paid = await client.v1.payment_intents.create_async(of(700, "pm_card_visa"))
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id})
    await control.post(f"/sandbox/refunds/{refund.id}/settle", json={"outcome": "failed"})
    failed = await client.v1.refunds.retrieve_async(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert isinstance(failed.failure_balance_transaction, stripe.BalanceTransaction)
    assert (failed.failure_balance_transaction.amount, failed.failure_balance_transaction.type) == (
        700,
        "refund_failure",
    )
    assert (await client.v1.refunds.create_async({"payment_intent": paid.id})).amount == 700
    await receiver.heard(paid.id, "refund.failed", "charge.refund.updated")
    again = await control.post(f"/sandbox/refunds/{refund.id}/settle", json={"outcome": "succeeded"})
    assert again.status_code == 400


async def test_a_refund_is_canceled_only_while_it_waits_for_the_customer(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    paid = await client.v1.payment_intents.create_async(of(700, "pm_card_pendingRefund"))
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 300})
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.refunds.cancel_async(refund.id)
    await control.post(f"/sandbox/refunds/{refund.id}/require_action")
    assert (await client.v1.refunds.cancel_async(refund.id)).status == "canceled"
    assert (await client.v1.charges.retrieve_async(str(paid.latest_charge))).amount_refunded == 0
    listed = await client.v1.refunds.list_async({"charge": str(paid.latest_charge), "created": {"lte": refund.created}})
    assert [each.id for each in listed.data] == [refund.id]


@pytest.mark.parametrize(("outcome", "refunded"), [("succeeded", 300), ("failed", 0)])
async def test_a_pending_refund_succeeds_or_gives_the_amount_back(
    client: stripe.StripeClient, control: httpx2.AsyncClient, receiver: Receiver, outcome: str, refunded: int
) -> None:
    paid = await client.v1.payment_intents.create_async(of(700, "pm_card_pendingRefund"))
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 300})
    assert refund.status == "pending"
    await control.post(f"/sandbox/refunds/{refund.id}/settle", data={"outcome": outcome})
    charge = await client.v1.charges.retrieve_async(str(paid.latest_charge))
    assert (await client.v1.refunds.retrieve_async(refund.id)).status == outcome
    assert charge.amount_refunded == refunded
    await receiver.heard(paid.id, "refund.created", "charge.refunded", "refund.updated", "charge.refund.updated")
