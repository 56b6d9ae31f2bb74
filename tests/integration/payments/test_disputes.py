"""Disputes to their end, however late that comes."""

from tests.integration.payments.desk import Desk, Json, money
from tests.parts.patience import until


def until_dispute(desk: Desk, payment: Json, status: str, settled: int) -> Json:
    def stands(seen: Json) -> bool:
        disputes = [dispute["status"] for dispute in seen["disputes"]]
        return (disputes, seen["settled"]["amount_minor"]) == ([status], settled)

    return until(lambda: desk.read(payment["payment_id"]), stands)


def test_what_was_lost_and_is_won_later_is_in_the_books_again(desk: Desk) -> None:
    for late in (desk.stripe.withdraw_dispute, None):
        payment = desk.paid_by_card()
        dispute_id = desk.stripe.dispute(payment["card_payment_intent_id"])
        desk.stripe.close_dispute(dispute_id, "lost")
        assert until_dispute(desk, payment, "lost", 0)["status"] == "disputed"
        if late is None:
            desk.stripe.appeal_dispute(dispute_id)
            desk.stripe.close_dispute(dispute_id, "won")
        else:
            late(dispute_id)
        won = until_dispute(desk, payment, "won", 5_000)
        assert won["status"] == "settled"
        assert desk.published(payment["payment_id"], won["version"])[-1] == ("payment-disputed", won)


def test_a_dispute_that_was_resolved_before_it_was_one_has_taken_the_money(desk: Desk) -> None:
    payment = desk.paid_by_card()
    desk.stripe.dispute(payment["card_payment_intent_id"], prevented="resolution")
    until_dispute(desk, payment, "lost", 0)


def test_a_dispute_that_was_blocked_has_taken_nothing(desk: Desk) -> None:
    payment = desk.paid_by_card()
    desk.stripe.dispute(payment["card_payment_intent_id"], prevented="block")
    assert until_dispute(desk, payment, "won", 5_000)["status"] == "settled"


def test_a_dispute_in_another_currency_counts_and_keeps_no_neighbour(desk: Desk) -> None:
    foreign, neighbour = desk.paid_by_card(), desk.paid_by_card()
    dispute_id = desk.stripe.dispute(foreign["card_payment_intent_id"], currency="usd", charged=5_500, amount=2_750)
    desk.stripe.dispute(neighbour["card_payment_intent_id"])
    disputed = until_dispute(desk, foreign, "open", 2_500)
    assert disputed["disputes"][0]["amount"] == money(2_750, "USD")
    until_dispute(desk, neighbour, "open", 0)
    desk.stripe.close_dispute(dispute_id, "won")
    until_dispute(desk, foreign, "won", 5_000)
    settlement = desk.manager.get(f"/clinics/{desk.clinic}/reports/settlement", date=foreign["settled_at"][:10]).json()
    [cards] = [method for method in settlement["by_method"] if method["method"] == "card"]
    assert (cards["currency"], cards["disputed"]["amount"]["amount_minor"]) == ("EUR", -7_500)
    assert cards["won"]["amount"] == money(2_500)
