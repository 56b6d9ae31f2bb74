"""Fees and payouts: each payout is held against the payments that it is made of."""

from datetime import UTC, datetime

import pytest

from tests.integration.payments.conftest import Build
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.patience import until
from tests.parts.statements import Moved, camt

pytestmark = pytest.mark.any_broker

FEE_OF_5000, DISPUTE_FEE = 100, 1_500


@pytest.fixture(params=["on", "off"], ids=["with webhooks", "without webhooks"], scope="module")
def accounting(build: Build, request: pytest.FixtureRequest) -> Desk:
    """Of a service whose Stripe account is nobody else's."""
    desk = build(RECONCILE_EVERY_S="0.5")
    desk.stripe.faults(webhooks=request.param)
    return desk


def known(desk: Desk, payout_id: str, state: str = "matched", **params: str) -> Json:
    """The payout, once the books have it in this state."""

    def seen() -> Json:
        answer = desk.get(f"/payouts/{payout_id}", **params)
        found: Json = answer.json() if answer.status_code == 200 else {}
        return found

    return until(seen, lambda payout: payout.get("state") == state)


def test_charges_less_fees_refunds_and_disputes_are_the_payout(accounting: Desk) -> None:
    desk, other = accounting, accounting.of("clinic-other")
    paid, refunded, disputed = (desk.paid_by_card(5_000) for _ in range(3))
    # Stripe tells the fee a moment after the charge.
    until(lambda: desk.read(paid["payment_id"])["fee"], lambda fee: fee == money(FEE_OF_5000))
    others = other.paid_by_card(5_000)
    desk.stripe.refund(refunded["card_payment_intent_id"], 1_500)
    desk.stripe.dispute(disputed["card_payment_intent_id"])
    foreign = desk.stripe.foreign_intent({})
    desk.stripe.confirm(foreign)
    payout = desk.stripe.pay_out()
    seen = known(desk, payout["id"])
    [part] = seen["parts"]
    assert part == {
        "clinic_id": desk.clinic,
        "charges": money(15_000),
        "refunds": money(1_500),
        "disputes": money(5_000),
        "other": money(0),
        "fees": money(3 * FEE_OF_5000 + DISPUTE_FEE),
        "net": money(6_700),
        "count": 5,
    }
    assert (seen["amount"], seen["differences"], seen["status"]) == (None, [], "paid")
    whole = known(desk.as_("billing_manager", "*"), payout["id"])
    assert whole["amount"] == money(payout["amount"])
    assert sum(part["net"]["amount_minor"] for part in whole["parts"]) == payout["amount"]
    assert {part["clinic_id"] for part in whole["parts"]} == {None, desk.clinic, other.clinic}
    [listed] = [p for p in desk.get("/payouts").json()["items"] if p["payout_id"] == payout["id"]]
    assert {**listed, "checked_at": None} == {**seen, "checked_at": None}, "it may be checked again in between"
    lines = body_of(other.get(f"/payouts/{payout['id']}/movements"), 200)["items"]
    assert [(line["payment_id"], line["net"]) for line in lines] == [(others["payment_id"], money(4_900))]


def test_nobody_sees_a_payout_of_another_clinic(accounting: Desk) -> None:
    accounting.paid_by_card()
    payout = accounting.stripe.pay_out()
    known(accounting, payout["id"])
    stranger = accounting.as_("billing_manager", "clinic-strange")
    for path in (f"/payouts/{payout['id']}", f"/payouts/{payout['id']}/movements"):
        assert code_of(stranger.get(path)) == "not-found"
    assert code_of(stranger.get("/payouts", clinic_id=accounting.clinic)) == "not-found"
    assert payout["id"] not in stranger.get("/payouts").text


def test_money_that_the_books_do_not_have_is_shown_as_a_difference(accounting: Desk) -> None:
    accounting.paid_by_card()
    lost = accounting.stripe.foreign_intent({"payment_id": "pay_that_was_lost"})
    accounting.stripe.confirm(lost)
    payout = accounting.stripe.pay_out()
    seen = known(accounting.as_("auditor", "*"), payout["id"], "differs")
    assert [(d["code"], d["payment_id"]) for d in seen["differences"]] == [("payment-unknown", "pay_that_was_lost")]
    counted = 'chairside_payouts{state="differs"} 1.0'
    until(lambda: accounting.metrics(), lambda text: counted in text)


def test_a_payout_that_the_bank_sends_back_says_so_and_is_in_the_next_one(accounting: Desk) -> None:
    accounting.paid_by_card()
    failed = accounting.stripe.pay_out(outcome="failed")
    until(lambda: known(accounting, failed["id"])["status"], lambda status: status == "failed")
    accounting.paid_by_card()
    following = accounting.stripe.pay_out()
    whole = known(accounting.as_("auditor", "*"), following["id"])
    assert whole["amount"] == money(following["amount"])


def test_a_payout_that_the_bank_books_is_set_aside_and_is_no_payment(accounting: Desk) -> None:
    desk = accounting.of("clinic-of-payouts")
    desk.paid_by_card()
    payout = desk.stripe.pay_out()
    arrives_on = known(desk, payout["id"])["arrives_on"]
    sent = Moved(payout["amount"], "STRIPE PAYMENTS EUROPE", iban=None, day=arrives_on)
    desk.upload(camt([sent, sent]))
    waiting, aside = sorted(desk.transactions(), key=lambda t: t["payout_id"] or "")
    assert (aside["status"], aside["payout_id"], aside["decision"]) == ("set_aside", payout["id"], None)
    assert (waiting["status"], waiting["payout_id"]) == ("unmatched", None), "one payout explains one transfer"
    assert [p["method"] for p in desk.get("/payments").json()["items"]] == ["card"]
    reopened = desk.manager.post(f"/bank-transactions/{aside['transaction_id']}/unmatch", {"reason": "not Stripe's"})
    assert body_of(reopened, 200)["payout_id"] is None


def test_a_payout_that_the_bank_books_before_it_is_known_is_set_aside_when_it_is(build: Build) -> None:
    desk = build(RECONCILE_EVERY_S="3600")
    desk.stripe.faults(webhooks="off")
    paid = desk.paid_by_card()
    payout = desk.stripe.pay_out()
    arrives_on = datetime.fromtimestamp(payout["arrival_date"], UTC).date().isoformat()
    desk.upload(camt([Moved(payout["amount"], "STRIPE PAYMENTS EUROPE", iban=None, day=arrives_on)]))
    [waiting] = desk.transactions()
    assert (waiting["status"], waiting["payout_id"]) == ("unmatched", None)
    desk.stripe.faults(webhooks="on")
    [*_, paid_out] = desk.stripe.events_of(payout["id"])
    desk.stripe.resend(paid_out["id"])
    [aside] = until(desk.transactions, lambda seen: seen[0]["status"] == "set_aside")
    assert (aside["payout_id"], aside["history"][-1]["reason"]) == (payout["id"], f"Stripe's payout {payout['id']}")
    assert [step["command"] for step in aside["history"]] == ["queue", "look_again", "set_aside"]
    assert [p["payment_id"] for p in desk.get("/payments").json()["items"]] == [paid["payment_id"]]
