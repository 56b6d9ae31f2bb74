"""A card payment that is canceled at the desk or by time, or not at all since a card was faster; what it waits for."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from dev.parts.processes import free_port
from dev.parts.service import ServicePart
from dev.parts.tokens import TokenIssuer
from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.payments.conftest import Settings
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.integration.payments.stripe_side import StripeSide
from tests.parts.patience import until
from tests.parts.topics import hear_from_now_on

pytestmark = pytest.mark.any_broker

MANY = 20
THREE_D_SECURE = "pm_card_threeDSecure2Required"


def status_at_stripe(desk: Desk, payment_id: str) -> str:
    [intent] = desk.stripe.intents_of(payment_id)
    status: str = intent["status"]
    return status


def test_a_payment_is_canceled_at_stripe_and_then_in_the_books(desk: Desk) -> None:
    started = desk.charge()
    payment_id, key = started["payment"]["payment_id"], uuid4().hex
    canceled = body_of(desk.cancel(payment_id, key), 200)
    assert (canceled["status"], canceled["failure"]["code"]) == ("canceled", "canceled")
    assert (canceled["next_step"], canceled["settled"]) == (None, money(0))
    assert status_at_stripe(desk, payment_id) == "canceled"
    assert desk.published(payment_id, canceled["version"]) == [("payment-failed", canceled)]
    assert desk.stripe.enter_card(started["client_secret"]).status_code == 400
    assert body_of(desk.cancel(payment_id, key), 200) == canceled
    assert code_of(desk.cancel(payment_id)) == "illegal-transition"
    assert code_of(desk.cancel(payment_id, None)) == "idempotency-key-missing"


def test_a_card_that_was_faster_settles_the_payment_instead(desk: Desk) -> None:
    desk.stripe.faults(webhooks="off")
    started = desk.charge()
    payment_id = started["payment"]["payment_id"]
    desk.stripe.faults(next_requests=[{"status": 500, "method": "GET", "path": "/v1/payment_intents"}] * MANY)
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    assert code_of(desk.cancel(payment_id, "cancel-1")) == "stripe-unavailable"
    desk.stripe.faults(next_requests=[])
    settled = body_of(desk.cancel(payment_id, "cancel-1"), 200)
    assert (settled["status"], settled["settled"], settled["failure"]) == ("settled", money(5_000), None)
    assert settled["cancel_requested_at"] is not None
    assert code_of(desk.cancel(payment_id)) == "illegal-transition"


def test_a_declined_payment_is_canceled_too(desk: Desk) -> None:
    started = desk.charge()
    payment_id = started["payment"]["payment_id"]
    desk.stripe.enter_card(started["client_secret"], "pm_card_visa_chargeDeclined")
    desk.until_status(payment_id, "failed")
    assert body_of(desk.cancel(payment_id), 200)["status"] == "canceled"
    assert status_at_stripe(desk, payment_id) == "canceled"


def test_what_stripe_did_not_take_is_canceled_without_stripe(desk: Desk) -> None:
    payment_id = desk.charge(1)["payment"]["payment_id"]
    assert body_of(desk.cancel(payment_id), 200)["status"] == "canceled"


def test_money_that_is_here_is_not_canceled(desk: Desk) -> None:
    for payment in (desk.paid_by_card(), body_of(desk.post("/payments", desk.transfer()), 201)):
        refused = desk.cancel(payment["payment_id"])
        assert (refused.status_code, code_of(refused)) == (409, "illegal-transition")


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"cut": "before"}, {"cut": "after"}])
def test_whatever_goes_wrong_on_the_way_to_stripe_it_is_canceled(desk: Desk, fault: Json) -> None:
    payment_id, key = desk.charge()["payment"]["payment_id"], uuid4().hex
    path = f"/v1/payment_intents/{desk.read(payment_id)['card_payment_intent_id']}/cancel"
    desk.stripe.faults(webhooks="off", next_requests=[{**fault, "method": "POST", "path": path}] * MANY)
    assert code_of(desk.cancel(payment_id, key)) == "stripe-unavailable"
    desk.stripe.faults(next_requests=[])
    assert body_of(desk.cancel(payment_id, key), 200)["status"] == "canceled"


def test_a_wish_that_did_not_reach_stripe_is_fulfilled_though_nobody_asks_again(desk: Desk) -> None:
    payment_id = desk.charge()["payment"]["payment_id"]
    desk.stripe.faults(next_requests=[{"status": 500, "method": "POST", "path": "/v1/payment_intents"}] * MANY)
    assert code_of(desk.cancel(payment_id)) == "stripe-unavailable"
    desk.stripe.faults(next_requests=[])
    desk.until_status(payment_id, "canceled")
    assert status_at_stripe(desk, payment_id) == "canceled"


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "settled"), ("failed", "failed")])
def test_a_card_that_asks_its_holder_shows_what_it_waits_for(desk: Desk, outcome: str, status: str) -> None:
    started = desk.charge()
    payment = started["payment"]
    assert payment["next_step"] == "enter_card"
    desk.stripe.enter_card(started["client_secret"], THREE_D_SECURE).raise_for_status()
    asking = until(lambda: desk.read(payment["payment_id"]), lambda p: p["next_step"] == "authenticate")
    assert asking["status"] == "pending"
    desk.stripe.authenticate(payment["card_payment_intent_id"], outcome)
    decided = desk.until_status(payment["payment_id"], status)
    failure = decided["failure"]
    assert (decided["next_step"], failure and failure["code"]) == {
        "settled": (None, None),
        "failed": ("enter_card", "authentication-failed"),
    }[status]


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "settled"), ("failed", "canceled")])
def test_while_a_bank_is_asked_the_wish_to_cancel_waits_for_its_answer(desk: Desk, outcome: str, status: str) -> None:
    started = desk.charge()
    payment = started["payment"]
    desk.stripe.faults(settle_later=True)
    desk.stripe.enter_card(started["client_secret"]).raise_for_status()
    until(lambda: desk.read(payment["payment_id"]), lambda p: p["next_step"] == "wait_for_bank")
    waiting = body_of(desk.cancel(payment["payment_id"]), 200)
    assert (waiting["status"], waiting["next_step"]) == ("pending", "wait_for_bank")
    assert waiting["cancel_requested_at"] is not None
    desk.stripe.settle(payment["card_payment_intent_id"], outcome)
    desk.until_status(payment["payment_id"], status)


@pytest.fixture
def impatient_desk(
    settings: Settings, sandbox: StripeSandbox, stripe_side: StripeSide, kafka: str, issuer: TokenIssuer, tmp_path: Path
) -> Iterator[Desk]:
    """Of a service that gives a card two seconds."""
    name = uuid4().hex[:12]
    own = {"SERVICE": f"payments-{name}", "MONGO_DATABASE": f"test_{name}", "CARD_EXPIRES_AFTER_S": "2"}
    hear_from_now_on(kafka, "payments", own["SERVICE"])
    with (
        ServicePart("payments", tmp_path / "service", {**settings, **own}, free_port()) as service,
        httpx2.Client(base_url=service.url, timeout=60, trust_env=False, verify=False) as http,
    ):
        yield Desk(http, kafka, issuer, stripe_side, f"clinic-{name}")


def test_what_nobody_pays_in_time_is_canceled(impatient_desk: Desk) -> None:
    payment_id = impatient_desk.charge()["payment"]["payment_id"]
    expired = impatient_desk.until_status(payment_id, "canceled")
    assert expired["failure"]["code"] == "expired"
    assert status_at_stripe(impatient_desk, payment_id) == "canceled"
