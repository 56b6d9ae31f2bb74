"""Lists of several pages, read by a process that is killed on the second one; and lists that do not answer."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from dev.parts.service import ServicePart
from tests.integration.payments.conftest import Build, Settings
from tests.integration.payments.desk import Desk, Json, money
from tests.integration.payments.dying import arm, risen
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker

PAGE = 100
BETWEEN = 52
"""Of another system, after each payment: of three payments one is on the first page, and two are on the second."""
NO_EVENTS = {"status": 500, "method": "GET", "path": "/v1/events"}
LISTS_ONLY = {"CARD_ASK_AFTER_S": "3600", "RECONCILE_EVERY_S": "0.5"}


@pytest.fixture
def places(mortal: ServicePart) -> Iterator[Any]:
    """How far the mortal service has read each list."""
    env = mortal.child.env
    with MongoClient[dict[str, Any]](env["CHAIRSIDE_MONGO_URI"]) as client:
        yield client[env["CHAIRSIDE_MONGO_DATABASE"]]["cursors"]


def made(desk: Desk, count: int) -> list[Json]:
    """Card payments that are started, and in Stripe's list far enough from each other for a page between them."""
    started = []
    for _ in range(count):
        started.append(desk.charge(5_000))
        for _ in range(BETWEEN):
            desk.stripe.foreign_intent({})
    return started


def position(desk: Desk, intent_id: str) -> int:
    """In the list of PaymentIntents, the newest first."""
    ids = [intent["id"] for intent in desk.stripe.all_intents()]
    return ids.index(intent_id)


@pytest.mark.parametrize(("point", "nth"), [("entered", 2), ("kept", 1)])
def test_killed_on_the_second_page_it_goes_on_there_and_finds_everything_once(
    mortal: ServicePart, own_desk: Desk, places: Any, point: str, nth: int
) -> None:
    mortal.set({**LISTS_ONLY, "RECONCILE_EVERY_S": "3600"})
    mortal.start()
    own_desk.stripe.faults(webhooks="off", next_requests=[NO_EVENTS] * 10_000)
    before = until(lambda: places.find_one({"_id": "intents", "after": None}))["since"]
    started = made(own_desk, 3)
    mortal.stop()
    intents = [payment["payment"]["card_payment_intent_id"] for payment in started]
    assert [position(own_desk, intent) // PAGE for intent in intents] == [1, 1, 0]
    for link in started:
        own_desk.stripe.enter_card(link["client_secret"]).raise_for_status()

    mortal.set(LISTS_ONLY)
    places.update_many({}, {"$set": {"due_at": before}})
    arm(mortal, f"reconciler-intents-{point}", nth)
    mortal.launch()  # it may die before it is ready
    until(lambda: mortal.child.exit_code, lambda code: code is not None)
    place = places.find_one({"_id": "intents"})
    assert place["after"] is not None
    assert place["since"] == before < place["began_at"], "what was not read yet is not passed by"

    risen(mortal)
    for link in started:
        payment = own_desk.until_status(link["payment"]["payment_id"], "settled")
        assert own_desk.published(payment["payment_id"], payment["version"]) == [("payment-received", payment)]
    receipts = {own_desk.read(link["payment"]["payment_id"])["receipt_number"] for link in started}
    assert receipts == {f"R-{own_desk.clinic}-{number:06d}" for number in (1, 2, 3)}
    until(
        lambda: places.find_one({"_id": "intents"}),
        lambda position: position["after"] is None and position["since"] > before,
    )


def test_a_list_that_never_answers_does_not_keep_the_others(build: Build) -> None:
    desk = build(**LISTS_ONLY)
    gone = [{"status": 500, "method": "GET", "path": path} for path in ("/v1/disputes", "/v1/payouts")]
    desk.stripe.faults(webhooks="off", next_requests=gone * 5_000)
    payment = desk.paid_by_card(5_000)
    desk.stripe.refund(payment["card_payment_intent_id"], 1_500)
    refunded = desk.until_status(payment["payment_id"], "partly_refunded")
    assert refunded["settled"] == money(3_500)


def test_a_place_in_a_list_that_stripe_has_forgotten_is_looked_for_from_the_top(
    build: Build, settings: Settings
) -> None:
    name = f"test_{uuid4().hex[:12]}"
    desk = build(**LISTS_ONLY, MONGO_DATABASE=name)
    desk.stripe.faults(webhooks="off", next_requests=[NO_EVENTS] * 10_000)
    started = desk.charge()
    with MongoClient[dict[str, Any]](settings["MONGO_URI"]) as client:
        cursors = client[name]["cursors"]
        until(lambda: cursors.find_one({"_id": "intents"}))
        cursors.update_one({"_id": "intents"}, {"$set": {"after": "pi_that_is_gone"}})
        desk.stripe.enter_card(started["client_secret"]).raise_for_status()
        desk.until_status(started["payment"]["payment_id"], "settled")
        until(lambda: cursors.find_one({"_id": "intents", "after": None}))
