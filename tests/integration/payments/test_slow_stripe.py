"""Stripe takes longer to answer than is waited for: whether it acted in the end or not, there is one charge."""

from uuid import uuid4

import pytest

from tests.integration.payments.conftest import Build
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker

TIMEOUT_S = 1.0
TOO_LONG = {"method": "POST", "delay_ms": 2_500}
ACTED = [
    pytest.param({}, id="acted"),
    pytest.param({"status": 500}, id="failed"),
    pytest.param({"cut": "before"}, id="did not act"),
]
WAYS = [
    pytest.param("/v1/payment_intents", {}, id="at the desk"),
    pytest.param("/v1/checkout/sessions", {"checkout": {"success_url": "https://clinic.example/thanks"}}, id="by link"),
]


@pytest.fixture(scope="module")
def impatient(build: Build) -> Desk:
    """Nothing is gone on with but by the desk that asks again."""
    return build(STRIPE_TIMEOUT_S=str(TIMEOUT_S), STRIPE_RETRIES="0", CARD_ASK_AFTER_S="3600")


@pytest.mark.parametrize("became", ACTED)
@pytest.mark.parametrize(("path", "how"), WAYS)
def test_a_charge_that_was_not_waited_for_is_made_once(impatient: Desk, path: str, how: Json, became: Json) -> None:
    desk = impatient.of(f"clinic-{uuid4().hex[:8]}")
    key, body = uuid4().hex, desk.card(**how)
    desk.stripe.faults(next_requests=[{**TOO_LONG, "path": path, **became}])
    slow = desk.post("/card-payments", body, key)
    assert (slow.status_code, code_of(slow)) == (503, "stripe-unavailable")
    # While the first request is still under way at Stripe, the same key is refused there, and here to be sent again.
    started = until(lambda: desk.post("/card-payments", body, key), lambda answer: answer.status_code == 201).json()
    payment_id = started["payment"]["payment_id"]
    assert [payment["payment_id"] for payment in desk.get("/payments").json()["items"]] == [payment_id]
    if how:
        [page] = desk.stripe.pages_of(payment_id)
        assert page["url"] == started["checkout"]["url"]
        desk.stripe.pay_on_page(page["url"])
    else:
        desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    desk.until_status(payment_id, "settled")
    [intent] = desk.stripe.intents_of(payment_id)
    assert [charge["status"] for charge in desk.stripe.charges_of(intent["id"])] == ["succeeded"]


@pytest.mark.parametrize("became", ACTED)
def test_a_refund_that_was_not_waited_for_is_made_once(impatient: Desk, became: Json) -> None:
    desk = impatient.of(f"clinic-{uuid4().hex[:8]}")
    payment, key = desk.paid_by_card(5_000), uuid4().hex
    path, body = f"/payments/{payment['payment_id']}/refunds", {"amount": money(2_000), "reason": "crown not fitted"}
    desk.stripe.faults(next_requests=[{**TOO_LONG, "path": "/v1/refunds", **became}])
    assert code_of(desk.manager.post(path, body, key)) == "stripe-unavailable"
    until(lambda: desk.manager.post(path, body, key), lambda answer: answer.status_code == 201)
    assert desk.until_status(payment["payment_id"], "partly_refunded")["refunded"] == money(2_000)
    assert len(desk.stripe.refunds_of(payment["card_payment_intent_id"])) == 1


def test_the_librarys_own_second_try_finds_what_the_first_one_made(build: Build) -> None:
    desk = build(STRIPE_TIMEOUT_S=str(TIMEOUT_S), STRIPE_RETRIES="5", CARD_ASK_AFTER_S="3600")
    desk.stripe.faults(next_requests=[{**TOO_LONG, "path": "/v1/payment_intents"}])
    started = body_of(desk.post("/card-payments", desk.card()), 201)
    assert len(desk.stripe.intents_of(started["payment"]["payment_id"])) == 1
