"""No webhook ever comes: what Stripe has is listed, and the books come right all the same."""

from collections.abc import Callable

import pytest

from tests.integration.payments.conftest import Build
from tests.integration.payments.desk import Desk, Json, money
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker

NO_NEWS = {"CARD_ASK_AFTER_S": "3600", "RECONCILE_EVERY_S": "0.5"}


@pytest.fixture(scope="module")
def listing(build: Build) -> Desk:
    """Of a service that asks about no payment of its own accord: what it knows, it has from lists."""
    desk = build(**NO_NEWS)
    desk.stripe.faults(webhooks="off")
    return desk


def until_(desk: Desk, payment: Json, good: Callable[[Json], object]) -> Json:
    return until(lambda: desk.read(payment["payment_id"]), good)


def test_cards_that_paid_were_declined_or_canceled_are_found(listing: Desk) -> None:
    paid, declined, canceled = listing.charge(), listing.charge(), listing.charge()
    listing.stripe.enter_card(paid["client_secret"]).raise_for_status()
    listing.stripe.enter_card(declined["client_secret"], "pm_card_visa_chargeDeclined")
    listing.stripe.cancel(canceled["payment"]["card_payment_intent_id"])
    settled = listing.until_status(paid["payment"]["payment_id"], "settled")
    assert settled["fee"] == money(100)
    listing.until_status(declined["payment"]["payment_id"], "failed")
    listing.until_status(canceled["payment"]["payment_id"], "canceled")


def test_links_that_were_paid_or_expired_are_found(listing: Desk) -> None:
    paid, expired = listing.send_link(), listing.send_link()
    listing.stripe.pay_on_page(paid["checkout"]["url"])
    [page] = listing.stripe.pages_of(expired["payment"]["payment_id"])
    listing.stripe.expire_page(page["id"])
    listing.until_status(paid["payment"]["payment_id"], "settled")
    listing.until_status(expired["payment"]["payment_id"], "canceled")


def test_a_refund_made_in_the_dashboard_is_found_and_so_is_its_failure(listing: Desk) -> None:
    payment = listing.paid_by_card(5_000, "pm_card_pendingRefund")
    listing.stripe.refund(payment["card_payment_intent_id"], 1_500)
    until_(listing, payment, lambda p: [r["status"] for r in p["refunds"]] == ["pending"])
    [refund] = listing.stripe.refunds_of(payment["card_payment_intent_id"])
    listing.stripe.settle_refund(refund["id"], "succeeded")
    refunded = listing.until_status(payment["payment_id"], "partly_refunded")
    assert refunded["settled"] == money(3_500)
    listing.stripe.settle_refund(refund["id"], "failed")
    back = listing.until_status(payment["payment_id"], "settled")
    assert (back["settled"], back["refunds"][0]["status"]) == (money(5_000), "failed")


@pytest.mark.parametrize(("outcome", "status", "left"), [("won", "settled", 5_000), ("lost", "disputed", 0)])
def test_a_dispute_is_found_and_how_it_ends(listing: Desk, outcome: str, status: str, left: int) -> None:
    payment = listing.paid_by_card(5_000)
    dispute = listing.stripe.dispute(payment["card_payment_intent_id"])
    disputed = listing.until_status(payment["payment_id"], "disputed")
    assert disputed["settled"] == money(0)
    listing.stripe.close_dispute(dispute, outcome)
    ended = until_(listing, payment, lambda p: p["disputes"][0]["status"] == outcome)
    assert (ended["status"], ended["settled"]) == (status, money(left))


def test_what_belongs_to_another_system_on_the_same_account_is_passed_by(listing: Desk) -> None:
    before = listing.get("/payments", limit=200).json()
    for metadata in ({}, {"order": "4711"}, {"payment_id": "pay_of_another_house"}):
        intent = listing.stripe.foreign_intent(metadata)
        listing.stripe.confirm(intent)
        listing.stripe.refund(intent, 100)
        listing.stripe.dispute(intent)
    own = listing.paid_by_card()
    after = listing.get("/payments", limit=200).json()
    assert [p["payment_id"] for p in after["items"]] == [own["payment_id"], *(p["payment_id"] for p in before["items"])]


def test_lists_alone_suffice_where_stripe_has_forgotten_its_events(build: Build) -> None:
    desk = build(RECONCILE_EVERY_S="0.5", CARD_ASK_AFTER_S="1")
    gone = [{"status": 500, "method": "GET", "path": "/v1/events"}] * 10_000
    desk.stripe.faults(webhooks="off", next_requests=gone)
    paid, won, lost = desk.paid_by_card(), desk.paid_by_card(), desk.paid_by_card()
    desk.stripe.refund(paid["card_payment_intent_id"], 1_500)
    disputes = [desk.stripe.dispute(payment["card_payment_intent_id"]) for payment in (won, lost)]
    assert desk.until_status(paid["payment_id"], "partly_refunded")["settled"] == money(3_500)
    for payment in (won, lost):
        desk.until_status(payment["payment_id"], "disputed")
    for dispute, outcome in zip(disputes, ("won", "lost"), strict=True):
        desk.stripe.close_dispute(dispute, outcome)
    assert desk.until_status(won["payment_id"], "settled")["settled"] == money(5_000)
    ended = until_(desk, lost, lambda p: p["disputes"][0]["status"] == "lost")
    assert (ended["status"], ended["settled"]) == ("disputed", money(0))
