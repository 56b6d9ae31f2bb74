"""A day at the till: opened, cash over the topic, counted, closed, approved."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.cash_register.till import TAKEN, TODAY, TOMORROW, Till, eur, refunded


def test_a_day_is_opened_takes_cash_and_is_closed_with_a_difference(till: Till) -> None:
    opened = till.open(opening=10_000)
    assert opened.status_code == 201
    assert opened.headers["Location"] == f"/registers/{till.register}/days/{TODAY}?clinic_id={till.clinic}"
    first, second = till.payment(5_000), till.payment(2_500)
    till.publish(first, second, refunded(second, 500))
    till.until_booked(3)
    moved = till.move("pay_out", eur(700), reason="courier")
    assert (moved.status_code, moved.json()["movement"]["amount"]) == (201, eur(-700))
    assert (moved.json()["expected"], till.day()["expected"]) == (None, eur(16_300))

    coins = [{"value_minor": 5_000, "count": 3}, {"value_minor": 50, "count": 25}]
    assert till.close(eur(16_250), denominations=coins).json()["code"] == "variance-unexplained"
    closed = till.close(eur(16_250), denominations=coins, reason="wrong change")
    assert closed.status_code == 200
    day = till.day()
    assert {k: day[k] for k in ("status", "expected", "counted", "variance", "variance_reason", "denominations")} == {
        "status": "closed",
        "expected": eur(16_300),
        "counted": eur(16_250),
        "variance": eur(-50),
        "variance_reason": "wrong change",
        "denominations": coins,
    }
    assert [m["kind"] for m in day["movements"]["items"]] == ["payment", "payment", "refund", "pay_out"]


def test_every_change_of_a_day_is_told_once_with_the_whole_day(till: Till) -> None:
    day_id = till.open().json()["day_id"]
    payment = till.payment(5_000)
    till.publish(payment)
    till.until_booked(1)
    till.move("pay_in", eur(100))
    till.close(eur(15_000), reason="a euro short")
    till.as_("billing_manager").approve()
    published = till.published(day_id, 5)
    assert [(event.type, event.body["version"], event.body["expected"]["amount_minor"]) for event in published] == [
        ("day-opened", 1, 10_000),
        ("cash-recorded", 2, 15_000),
        ("cash-recorded", 3, 15_100),
        ("day-closed", 4, 15_100),
        ("day-closed", 5, 15_100),
    ]
    movement = published[1].body["movement"]
    assert (movement["payment_id"], movement["amount"], movement["late"]) == (payment.payment_id, eur(5_000), False)
    assert [event.body["approved_by"] is not None for event in published] == [False] * 4 + [True]


def test_a_payment_that_is_delivered_twice_counts_once(till: Till) -> None:
    till.open()
    payment, last = till.payment(5_000), till.payment(1)
    till.publish(payment, payment)
    till.publish(payment, last)
    assert till.until_booked(2)["expected"] == eur(15_001)


def test_a_refund_that_is_heard_of_before_its_payment_gives_the_same_books(till: Till) -> None:
    till.open()
    payment, last = till.payment(5_000), till.payment(1)
    till.publish(refunded(payment, 2_000), payment, last)
    day = till.until_booked(3)
    assert day["expected"] == eur(13_001)
    assert [m["amount"]["amount_minor"] for m in day["movements"]["items"]] == [5_000, -2_000, 1]


def test_the_whole_topic_told_again_changes_nothing(till: Till) -> None:
    till.open()
    payments = [till.payment(100 + n) for n in range(40)]
    events = [*payments, *(refunded(p, 50) for p in payments[:10])]
    till.publish(*events)
    before = till.until_booked(50)
    last = till.payment(1)
    till.publish(*events, *reversed(events), last)
    after = till.until_booked(51)
    assert after["expected"]["amount_minor"] == before["expected"]["amount_minor"] + 1
    assert before["expected"]["amount_minor"] == 10_000 + sum(100 + n for n in range(40)) - 10 * 50


def test_five_hundred_payments_are_five_hundred_events_in_the_order_of_the_books(till: Till) -> None:
    day_id = till.open(opening=0).json()["day_id"]
    till.publish(*(till.payment(100) for _ in range(500)))
    assert till.until_booked(500)["expected"] == eur(50_000)
    published = till.published(day_id, 501)
    assert [event.body["version"] for event in published] == list(range(1, 502))
    assert [event.body["cash_in"]["amount_minor"] for event in published] == list(range(0, 50_001, 100))


def test_cash_after_the_close_waits_and_is_late_on_the_next_day(till: Till) -> None:
    till.open(TODAY)
    closed = till.close(eur(10_000)).json()
    payment = till.payment(5_000)
    till.publish(payment)
    [waiting] = till.until_waiting(1)
    assert (waiting["payment_id"], waiting["amount"]) == (payment.payment_id, eur(5_000))
    assert till.day(TODAY)["version"] == closed["version"]

    opened = till.open(TOMORROW, opening=10_000).json()
    assert (till.day(TOMORROW)["expected"], opened["late_count"]) == (eur(15_000), 1)
    [late] = till.day(TOMORROW)["movements"]["items"]
    assert (late["payment_id"], late["late"]) == (payment.payment_id, True)
    assert till.read("/waiting")["items"] == []
    assert [event.type for event in till.published(opened["day_id"], 2)] == ["day-opened", "cash-recorded"]


def test_waiting_cash_is_not_taken_twice_when_it_is_told_again(till: Till) -> None:
    payment = till.payment(5_000)
    till.publish(payment, payment)
    till.until_waiting(1)
    till.open()
    last = till.payment(1)
    till.publish(payment, refunded(payment, 1_000), last)
    assert till.until_booked(3)["expected"] == eur(10_000 + 5_000 - 1_000 + 1)


def test_cash_that_waits_is_booked_oldest_first(till: Till) -> None:
    moments = [TAKEN + timedelta(minutes=n) for n in (20, 0, 10)]
    till.publish(*(till.payment(n + 1, received_at=at) for n, at in enumerate(moments)))
    till.until_waiting(3)
    till.open()
    assert [m["amount"]["amount_minor"] for m in till.day()["movements"]["items"]] == [2, 3, 1]


def test_cash_in_another_currency_waits_for_a_day_in_it(till: Till) -> None:
    till.open(TODAY)
    till.publish(till.payment(5_000, "CHF"), till.payment(1))
    till.until_booked(1)
    till.until_waiting(1)
    till.close(eur(10_001))
    till.open(TOMORROW, opening=0, currency="CHF")
    assert till.until_booked(1, TOMORROW)["expected"] == {"amount_minor": 5_000, "currency": "CHF"}


def test_payments_that_are_not_cash_stay_out_of_the_drawer(till: Till) -> None:
    till.open()
    till.publish(till.payment(method="card"), till.payment(method="bank_transfer"), till.payment(1))
    assert till.until_booked(1)["expected"] == eur(10_001)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"register_id": None}, "register-missing"), ({"amount": 0}, "amount-out-of-range")],
)
def test_cash_that_cannot_be_booked_goes_to_the_dead_letter_and_its_neighbours_are_booked(
    till: Till, wrong: dict[str, Any], code: str
) -> None:
    till.open()
    bad = till.payment(**wrong)
    till.publish(till.payment(1), bad, till.payment(2))
    assert till.until_booked(2)["expected"] == eur(10_003)
    letter = till.rejected(bad)
    assert (letter.headers["error-code"], letter.body["payment_id"]) == (code, bad.payment_id)


def test_days_are_listed_newest_first_a_page_at_a_time(till: Till) -> None:
    for day in (TODAY, TOMORROW):
        till.open(day)
        till.close(eur(10_000), day)
    first = till.read("/days", limit=1)
    assert [d["date"] for d in first["items"]] == [TOMORROW]
    second = till.read("/days", limit=1, cursor=first["next_cursor"])
    assert ([d["date"] for d in second["items"]], second["next_cursor"]) == ([TODAY], None)


def test_the_movements_of_a_day_are_read_a_page_at_a_time(till: Till) -> None:
    till.open()
    till.publish(*(till.payment(100 + n) for n in range(5)))
    till.until_booked(5)
    amounts, cursor = [], None
    while True:
        page = till.day(limit=2, **({"cursor": cursor} if cursor else {}))["movements"]
        amounts += [m["amount"]["amount_minor"] for m in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert amounts == [100, 101, 102, 103, 104]


@pytest.mark.parametrize("changes", [{"patient_id": "pat-elsewhere"}, {"clinic_id": "clinic-elsewhere"}])
def test_a_known_payment_never_changes_clinic_or_patient(till: Till, changes: dict[str, str]) -> None:
    till.open()
    payment = till.payment(500)
    till.publish(payment)
    till.until_booked(1)
    moved = refunded(payment, 100).model_copy(update=changes)
    till.publish(moved, till.payment(3))
    assert till.until_booked(2)["expected"] == eur(10_503)
    assert till.rejected(moved).headers["error-code"] == "owner-changed"
