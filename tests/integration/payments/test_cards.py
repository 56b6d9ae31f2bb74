"""Card payments with the sandbox: paid, declined, refunded, by webhook or without."""

from uuid import uuid4

import pytest

from tests.integration.payments.desk import Desk, body_of, code_of, money
from tests.parts.patience import until

MANY = 20
"""Faults in a row: more than Stripe's library and a worker of ours use up while the desk waits."""


def test_a_card_payment_is_pending_until_the_card_is_entered_and_then_received(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    started = desk.charge(5_000, invoice_id=invoice_id)
    payment = started["payment"]
    assert (payment["status"], payment["settled"], payment["receipt_number"]) == ("pending", money(0), None)
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    settled = desk.until_status(payment["payment_id"], "settled")
    assert (settled["settled"], settled["receipt_number"]) == (money(5_000), f"R-{desk.clinic}-000001")
    assert desk.published(payment["payment_id"], settled["version"]) == [("payment-received", settled)]
    [intent] = desk.stripe.intents_of(payment["payment_id"])
    assert intent["metadata"] == {
        "payment_id": payment["payment_id"],
        "clinic_id": desk.clinic,
        "invoice_id": invoice_id,
    }
    assert code_of(desk.post("/card-payments", desk.card(1, invoice_id=invoice_id))) == "more-than-due"


def test_a_card_payment_is_checked_against_the_invoice(desk: Desk) -> None:
    invoice_id = desk.known_invoice("draft")
    assert code_of(desk.post("/card-payments", desk.card(invoice_id=invoice_id))) == "invoice-not-finalized"
    assert code_of(desk.post("/card-payments", desk.card(0))) == "amount-not-positive"
    assert code_of(desk.post("/card-payments", desk.card(), key=None)) == "idempotency-key-missing"


def test_a_card_number_is_never_taken(desk: Desk) -> None:
    refused = desk.post("/card-payments", desk.card(card_number="4242424242424242"))
    assert (refused.status_code, code_of(refused)) == (422, "invalid-request")
    assert "4242" not in refused.text


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient-funds"),
        ("pm_card_chargeDeclinedExpiredCard", "card-expired"),
        ("pm_card_chargeDeclinedIncorrectCvc", "card-details-wrong"),
        ("pm_card_visa_chargeDeclinedLostCard", "card-declined"),
        ("pm_card_chargeDeclinedProcessingError", "try-again"),
    ],
)
def test_a_decline_is_explained_in_words_for_the_desk(desk: Desk, card: str, code: str) -> None:
    started = desk.charge()
    assert desk.stripe.enter_card(started["client_secret"], card).status_code == 402
    failed = desk.until_status(started["payment"]["payment_id"], "failed")
    assert failed["failure"]["code"] == code
    assert failed["failure"]["message"].endswith(".")
    assert failed["settled"] == money(0)


def test_after_a_decline_another_card_still_pays(desk: Desk) -> None:
    started = desk.charge()
    payment_id = started["payment"]["payment_id"]
    desk.stripe.enter_card(started["client_secret"], "pm_card_visa_chargeDeclined")
    desk.until_status(payment_id, "failed")
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    settled = desk.until_status(payment_id, "settled")
    assert settled["failure"] is None
    kinds = [kind for kind, _ in desk.published(payment_id, settled["version"])]
    assert kinds == ["payment-failed", "payment-received"]


def test_a_canceled_intent_cancels_the_payment(desk: Desk) -> None:
    payment = desk.charge()["payment"]
    desk.stripe.cancel(payment["card_payment_intent_id"])
    canceled = desk.until_status(payment["payment_id"], "canceled")
    assert desk.published(payment["payment_id"], canceled["version"]) == [("payment-failed", canceled)]


def test_an_amount_that_stripe_does_not_take_fails_and_says_so(desk: Desk) -> None:
    started = desk.charge(1)
    assert started["client_secret"] is None
    assert (started["payment"]["status"], started["payment"]["failure"]["code"]) == ("failed", "not-chargeable")
    assert desk.stripe.intents_of(started["payment"]["payment_id"]) == []


def test_the_same_key_continues_the_same_card_payment(desk: Desk) -> None:
    key, body = uuid4().hex, desk.card()
    first, again = desk.post("/card-payments", body, key), desk.post("/card-payments", body, key)
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert len(desk.stripe.intents_of(first.json()["payment"]["payment_id"])) == 1
    assert code_of(desk.post("/card-payments", desk.card(6_000), key)) == "idempotency-key-reused"


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"cut": "before"}, {"cut": "after"}])
def test_whatever_goes_wrong_on_the_way_to_stripe_one_charge_is_made(desk: Desk, fault: dict[str, object]) -> None:
    key, body = uuid4().hex, desk.card()
    desk.stripe.faults(next_requests=[{**fault, "method": "POST", "path": "/v1/payment_intents"}] * MANY)
    unavailable = desk.post("/card-payments", body, key)
    desk.stripe.faults(next_requests=[])
    assert (unavailable.status_code, code_of(unavailable)) == (503, "stripe-unavailable")
    started = body_of(desk.post("/card-payments", body, key), 201)
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    desk.until_status(started["payment"]["payment_id"], "settled")
    [intent] = desk.stripe.intents_of(started["payment"]["payment_id"])
    assert len(desk.stripe.charges_of(intent["id"])) == 1


def test_what_stripe_did_not_answer_is_gone_on_with_though_nobody_asks_again(desk: Desk) -> None:
    desk.stripe.faults(next_requests=[{"status": 500, "method": "POST", "path": "/v1/payment_intents"}] * MANY)
    assert code_of(desk.post("/card-payments", desk.card())) == "stripe-unavailable"
    desk.stripe.faults(next_requests=[])
    [payment] = desk.get("/payments").json()["items"]
    found = until(lambda: desk.read(payment["payment_id"]), lambda p: p["card_payment_intent_id"] is not None)
    assert [intent["id"] for intent in desk.stripe.intents_of(payment["payment_id"])] == [
        found["card_payment_intent_id"]
    ]


def test_without_any_webhook_the_books_come_right_all_the_same(desk: Desk) -> None:
    desk.stripe.faults(webhooks="off")
    paid, declined, canceled = desk.charge(), desk.charge(), desk.charge()
    desk.stripe.enter_card(paid["client_secret"]).raise_for_status()
    desk.stripe.enter_card(declined["client_secret"], "pm_card_visa_chargeDeclined")
    desk.stripe.cancel(canceled["payment"]["card_payment_intent_id"])
    desk.until_status(paid["payment"]["payment_id"], "settled")
    desk.until_status(declined["payment"]["payment_id"], "failed")
    desk.until_status(canceled["payment"]["payment_id"], "canceled")


@pytest.mark.parametrize("mode", ["twice", "reverse"])
def test_webhooks_twice_and_in_reverse_end_in_the_same_books(desk: Desk, mode: str) -> None:
    desk.stripe.faults(webhooks="off")
    started = desk.charge()
    payment_id = started["payment"]["payment_id"]
    desk.stripe.enter_card(started["client_secret"], "pm_card_visa_chargeDeclined")
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    desk.stripe.faults(webhooks=mode)
    until(desk.stripe.pending_webhooks, lambda pending: pending == 0)
    settled = desk.until_status(payment_id, "settled")
    assert settled["receipt_number"] == f"R-{desk.clinic}-000001"
    received = [body for kind, body in desk.published(payment_id, settled["version"]) if kind == "payment-received"]
    assert received == [settled]


def test_an_old_event_that_is_sent_again_changes_nothing(desk: Desk) -> None:
    settled = desk.paid_by_card()
    for event in desk.stripe.events_of(settled["card_payment_intent_id"]):
        desk.stripe.resend(event["id"])
    until(desk.stripe.pending_webhooks, lambda pending: pending == 0)
    other = desk.paid_by_card()
    assert other["status"] == "settled"
    assert desk.read(settled["payment_id"]) == settled


def test_a_card_is_refunded_through_stripe(desk: Desk) -> None:
    payment = desk.paid_by_card(5_000)
    body_of(desk.manager.refund(payment["payment_id"], 2_000), 201)
    refunded = desk.until_status(payment["payment_id"], "partly_refunded")
    [refund] = desk.stripe.refunds_of(payment["card_payment_intent_id"])
    assert (refund["amount"], refund["metadata"]["refund_id"]) == (2_000, refunded["refunds"][0]["refund_id"])
    assert refunded["settled"] == money(3_000)
    assert desk.published(payment["payment_id"], refunded["version"])[-1] == ("payment-refunded", refunded)


def test_the_same_key_refunds_a_card_once(desk: Desk) -> None:
    payment, key = desk.paid_by_card(5_000), uuid4().hex
    path, body = f"/payments/{payment['payment_id']}/refunds", {"amount": money(2_000), "reason": "crown not fitted"}
    desk.stripe.faults(next_requests=[{"cut": "after", "method": "POST", "path": "/v1/refunds"}] * MANY)
    desk.manager.post(path, body, key)
    desk.stripe.faults(next_requests=[])
    body_of(desk.manager.post(path, body, key), 201)
    assert len(desk.stripe.refunds_of(payment["card_payment_intent_id"])) == 1
    assert desk.read(payment["payment_id"])["refunded"] == money(2_000)


def test_a_refund_that_takes_its_time_counts_when_the_bank_has_answered(desk: Desk) -> None:
    payment = desk.paid_by_card(5_000, "pm_card_pendingRefund")
    pending = body_of(desk.manager.refund(payment["payment_id"], 5_000), 201)
    assert (pending["status"], pending["refunds"][0]["status"]) == ("settled", "pending")
    assert code_of(desk.manager.refund(payment["payment_id"], 1)) == "refund-too-high"
    [refund] = desk.stripe.refunds_of(payment["card_payment_intent_id"])
    desk.stripe.settle_refund(refund["id"], "succeeded")
    assert desk.until_status(payment["payment_id"], "refunded")["settled"] == money(0)


def test_a_refund_that_failed_is_seen_and_may_be_tried_again(desk: Desk) -> None:
    payment = desk.paid_by_card(5_000, "pm_card_pendingRefund")
    body_of(desk.manager.refund(payment["payment_id"], 5_000), 201)
    [refund] = desk.stripe.refunds_of(payment["card_payment_intent_id"])
    desk.stripe.settle_refund(refund["id"], "failed")
    failed = until(lambda: desk.read(payment["payment_id"]), lambda p: p["refunds"][0]["status"] == "failed")
    assert (failed["status"], failed["settled"]) == ("settled", money(5_000))
    body_of(desk.manager.refund(payment["payment_id"], 5_000), 201)


def test_a_refund_made_in_stripes_dashboard_comes_into_the_books(desk: Desk) -> None:
    payment = desk.paid_by_card(5_000)
    desk.stripe.refund(payment["card_payment_intent_id"], 1_500)
    refunded = desk.until_status(payment["payment_id"], "partly_refunded")
    assert refunded["refunded"] == money(1_500)


def test_a_refund_that_stripe_refuses_is_recorded_as_failed(desk: Desk) -> None:
    payment = desk.paid_by_card(5_000)
    # Nor may what came before still make the service look, and find the refund.
    desk.stripe.faults(webhooks="off", next_requests=[{"status": 500, "method": "GET"}] * MANY)
    desk.stripe.refund(payment["card_payment_intent_id"], 5_000)
    refused = body_of(desk.manager.refund(payment["payment_id"], 5_000), 201)
    assert [refund["failure"]["code"] for refund in refused["refunds"]] == ["not-refundable"]
