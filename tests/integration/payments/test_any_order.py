"""A payment's whole story over the wire: whatever webhooks come, in whatever order and how often, the same books."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.payments.conftest import Build
from tests.integration.payments.desk import Desk, Json, money
from tests.integration.payments.webhooks import deliver
from tests.parts.patience import until

STEPS = ("declined", "paid", "part refunded", "disputed", "dispute ends", "refund fails")


@pytest.fixture(scope="module")
def silent(build: Build) -> Desk:
    """Nothing comes by itself but what is listed every now and then."""
    desk = build(CARD_ASK_AFTER_S="3600", RECONCILE_EVERY_S="1")
    desk.stripe.faults(webhooks="off")
    return desk


def story(desk: Desk, payment: Json, secret: str, step: str, outcome: str) -> None:
    intent_id = payment["card_payment_intent_id"]
    match step:
        case "declined":
            desk.stripe.enter_card(secret, "pm_card_visa_chargeDeclined")
        case "paid":
            desk.stripe.enter_card(secret, "pm_card_pendingRefund").raise_for_status()
        case "part refunded":
            desk.stripe.refund(intent_id, 1_500)
            desk.stripe.settle_refund(desk.stripe.refunds_of(intent_id)[0]["id"], "succeeded")
        case "disputed":
            desk.stripe.dispute(intent_id)
        case "dispute ends":
            desk.stripe.close_dispute(desk.stripe.disputes_of(intent_id)[0]["id"], outcome)
        case "refund fails":
            desk.stripe.settle_refund(desk.stripe.refunds_of(intent_id)[0]["id"], "failed")


@settings(max_examples=12)
@given(st.data())
def test_any_order_repetition_and_loss_of_all_events_ends_in_the_same_books(silent: Desk, data: Any) -> None:
    outcome = data.draw(st.sampled_from(["won", "lost"]), label="outcome")
    started = silent.charge(5_000)
    payment = started["payment"]
    for step in STEPS:
        story(silent, payment, started["client_secret"], step, outcome)
        events = silent.stripe.all_events_of(payment["card_payment_intent_id"])
        picks = data.draw(st.lists(st.integers(0, len(events) - 1), max_size=6), label=step)
        for pick in picks:
            deliver(silent, events[pick])
    left, status = (5_000, "settled") if outcome == "won" else (1_500, "disputed")
    done = until(lambda: silent.read(payment["payment_id"]), lambda p: is_over(p, status, left))
    assert [(r["status"], r["amount"]) for r in done["refunds"]] == [("failed", money(1_500))]
    assert (done["fee"], done["failure"], done["next_step"]) == (money(100), None, None)
    assert done["receipt_number"] is not None
    charges = silent.stripe.charges_of(payment["card_payment_intent_id"])
    assert sorted(charge["status"] for charge in charges) == ["failed", "succeeded"]


def is_over(payment: Json, status: str, left: int) -> bool:
    refunds = [refund["status"] for refund in payment["refunds"]]
    return (payment["status"], payment["settled"], refunds) == (status, money(left), ["failed"])
