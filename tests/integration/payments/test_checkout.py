"""A link for a patient who is not at the desk: paid, declined, expired, canceled; by webhook or without."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker

MANY = 20
NO_FUNDS, ASKS_ITS_HOLDER = "4000000000009995", "4000000000003220"
BACK = {"success_url": "https://clinic.example/thanks", "cancel_url": "https://clinic.example/later"}


@pytest.fixture(params=["on", "off"], ids=["with webhooks", "without webhooks"])
def either_way(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    desk.stripe.faults(webhooks=request.param)
    return desk


def only_page(desk: Desk, payment: Json) -> Json:
    [page] = desk.stripe.pages_of(payment["payment_id"])
    return page


def test_a_link_is_paid_by_the_patient_and_received(either_way: Desk) -> None:
    desk = either_way
    invoice_id = desk.known_invoice(due=5_000)
    started = desk.send_link(5_000, invoice_id=invoice_id, checkout=BACK)
    payment, link = started["payment"], started["checkout"]
    assert (payment["status"], payment["next_step"], started["client_secret"]) == ("pending", "enter_card", None)
    left = datetime.fromisoformat(link["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=30) < left <= timedelta(days=1)
    page = only_page(desk, payment)
    ids = {"payment_id": payment["payment_id"], "clinic_id": desk.clinic, "invoice_id": invoice_id}
    assert (page["metadata"], page["amount_total"], page["cancel_url"]) == (ids, 5_000, BACK["cancel_url"])
    paid = desk.stripe.pay_on_page(link["url"])
    assert (paid.status_code, paid.headers["location"]) == (303, BACK["success_url"])
    settled = desk.until_status(payment["payment_id"], "settled")
    assert (settled["settled"], settled["receipt_number"]) == (money(5_000), f"R-{desk.clinic}-000001")
    assert desk.published(payment["payment_id"], settled["version"]) == [("payment-received", settled)]
    [intent] = desk.stripe.intents_of(payment["payment_id"])
    assert settled["card_payment_intent_id"] == intent["id"]
    assert code_of(desk.post("/card-payments", desk.card(1, invoice_id=invoice_id))) == "more-than-due"


def test_a_card_that_asks_its_holder_pays_once_he_has_answered(desk: Desk) -> None:
    started = desk.send_link()
    payment_id = started["payment"]["payment_id"]
    desk.stripe.pay_on_page(started["checkout"]["url"], ASKS_ITS_HOLDER)
    asking = until(lambda: desk.read(payment_id), lambda payment: payment["next_step"] == "authenticate")
    desk.stripe.authenticate(asking["card_payment_intent_id"])
    desk.until_status(payment_id, "settled")


def test_after_a_decline_the_same_link_still_pays(either_way: Desk) -> None:
    desk = either_way
    started = desk.send_link()
    payment_id, url = started["payment"]["payment_id"], started["checkout"]["url"]
    desk.stripe.pay_on_page(url, NO_FUNDS)
    failed = desk.until_status(payment_id, "failed")
    assert failed["failure"]["code"] == "insufficient-funds"
    desk.stripe.pay_on_page(url)
    assert desk.until_status(payment_id, "settled")["failure"] is None


def test_a_link_that_expires_cancels_the_payment(either_way: Desk) -> None:
    desk = either_way
    started = desk.send_link()
    payment_id = started["payment"]["payment_id"]
    desk.stripe.expire_page(only_page(desk, started["payment"])["id"])
    canceled = desk.until_status(payment_id, "canceled")
    assert canceled["failure"]["code"] == "expired"
    assert desk.published(payment_id, canceled["version"]) == [("payment-failed", canceled)]
    assert desk.stripe.pay_on_page(started["checkout"]["url"]).status_code == 410


def test_a_declined_link_that_expires_cancels_the_payment(either_way: Desk) -> None:
    desk = either_way
    started = desk.send_link()
    desk.stripe.pay_on_page(started["checkout"]["url"], NO_FUNDS)
    desk.stripe.expire_page(only_page(desk, started["payment"])["id"])
    canceled = desk.until_status(started["payment"]["payment_id"], "canceled")
    assert canceled["failure"]["code"] == "expired"


def test_a_link_is_canceled_at_the_desk(desk: Desk) -> None:
    started = desk.send_link()
    desk.stripe.pay_on_page(started["checkout"]["url"], NO_FUNDS)
    canceled = body_of(desk.cancel(started["payment"]["payment_id"]), 200)
    assert (canceled["status"], canceled["failure"]["code"]) == ("canceled", "canceled")
    assert only_page(desk, started["payment"])["status"] == "expired"
    assert desk.stripe.pay_on_page(started["checkout"]["url"]).status_code == 410


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"cut": "before"}, {"cut": "after"}])
def test_whatever_goes_wrong_on_the_way_to_stripe_there_is_one_link(desk: Desk, fault: Json) -> None:
    key, body = uuid4().hex, desk.card(checkout=BACK)
    desk.stripe.faults(next_requests=[{**fault, "method": "POST", "path": "/v1/checkout/sessions"}] * MANY)
    assert code_of(desk.post("/card-payments", body, key)) == "stripe-unavailable"
    desk.stripe.faults(next_requests=[])
    started = body_of(desk.post("/card-payments", body, key), 201)
    assert started["checkout"]["url"] == only_page(desk, started["payment"])["url"]
    assert body_of(desk.post("/card-payments", body, key), 201) == started


def test_a_link_is_checked_against_the_invoice_and_its_addresses_are_looked_at(desk: Desk) -> None:
    draft = desk.known_invoice("draft")
    assert code_of(desk.post("/card-payments", desk.card(invoice_id=draft, checkout=BACK))) == "invoice-not-finalized"
    for bad in ({}, {"success_url": "nowhere"}, {"success_url": "javascript:alert(1)"}, {**BACK, "card": "4242"}):
        refused = desk.post("/card-payments", desk.card(checkout=bad))
        assert (refused.status_code, code_of(refused)) == (422, "invalid-request")


def test_an_amount_that_stripe_does_not_take_gets_no_link(desk: Desk) -> None:
    started = desk.send_link(1)
    assert (started["checkout"], started["payment"]["status"]) == (None, "failed")
    assert started["payment"]["failure"]["code"] == "not-chargeable"
