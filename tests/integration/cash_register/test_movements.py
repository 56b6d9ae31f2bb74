"""What moves in the drawer, what for, and how it is taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.cash_register.test_registers import refusal
from tests.integration.cash_register.till import TODAY, TOMORROW, Till, eur, refunded

BAKER = {"vat_rate": "7.0", "number": "B-17"}


@pytest.mark.any_broker
def test_a_purchase_is_booked_with_its_voucher_and_taken_back_once(till: Till) -> None:
    till.open()
    bought = till.move("pay_out", eur(1_250), category="purchase", voucher=BAKER).json()
    movement = bought["movement"]
    assert (movement["category"], movement["voucher"]) == ("purchase", {"vat_rate": "7", "number": "B-17"})
    entry = till.counter(movement["movement_id"])
    assert (entry.status_code, till.day()["expected"]) == (201, eur(10_000))
    back = entry.json()["movement"]
    assert (back["kind"], back["counters"], back["reason"]) == ("pay_in", movement["movement_id"], "typed twice")
    assert refusal(till.counter(movement["movement_id"])) == (409, "already-countered")
    assert refusal(till.counter(back["movement_id"])) == (409, "not-countered")
    assert [m["amount"] for m in till.day()["movements"]["items"]] == [eur(-1_250), eur(1_250)]


@pytest.mark.any_broker
def test_a_movement_of_a_closed_day_is_taken_back_on_the_next(till: Till) -> None:
    till.open(TODAY)
    movement = till.move("pay_in", eur(700)).json()["movement"]
    till.close(eur(10_700), TODAY)
    assert refusal(till.counter(movement["movement_id"])) == (409, "no-open-day")
    till.open(TOMORROW, opening=10_700)
    assert refusal(till.counter(movement["movement_id"], TOMORROW)) == (404, "movement-not-found")
    entry = till.counter(movement["movement_id"]).json()
    assert (entry["date"], till.day(TOMORROW)["expected"]) == (TOMORROW, eur(10_000))


@pytest.mark.any_broker
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "pay_out", "amount": eur(9_971_150)}, (422, "not-enough-cash")),
        ({"category": "bank_deposit"}, (422, "category-not-possible")),
        ({"kind": "pay_out", "category": "purchase"}, (422, "voucher-missing")),
        ({"voucher": BAKER}, (422, "voucher-not-possible")),
        ({"kind": "pay_out", "category": "tip", "vat_rate": "19"}, (422, "vat-rate-not-possible")),
        ({"kind": "pay_out", "category": "purchase", "voucher": {"number": "B-17"}}, (422, "invalid-request")),
        ({"category": "payment"}, (422, "invalid-request")),
    ],
)
def test_a_movement_that_does_not_fit_is_refused(till: Till, body: dict[str, Any], expected: tuple[int, str]) -> None:
    till.open()
    movement = {"kind": "pay_in", "amount": eur(500), "reason": "change", **body}
    assert refusal(till.post(f"/days/{TODAY}/movements", movement)) == expected
    assert till.day()["movement_count"] == 0


def test_a_payment_brings_its_receipt_and_what_was_handed_over(till: Till) -> None:
    till.open()
    money: dict[str, Any] = {
        "tendered": eur(6_000),
        "change": eur(1_000),
        "receipt_number": "B-2026-000017",
        "invoice_id": "inv_1",
    }
    paid = till.payment(5_000, **money)
    wrong = till.payment(5_000, tendered=eur(6_000), change=eur(999))
    till.publish(paid, wrong, refunded(paid, 500))
    till.until_booked(2)
    taken, given = till.day()["movements"]["items"]
    assert {name: taken[name] for name in money} == money
    assert (taken["category"], given["category"], given["receipt_number"]) == ("payment", "refund", "B-2026-000017")
    assert till.rejected(wrong).headers["error-code"] == "change-differs"
    assert refusal(till.counter(taken["movement_id"])) == (409, "not-countered")


def test_cash_of_a_closed_day_that_is_heard_of_on_the_next_is_late(till: Till) -> None:
    before = datetime.now(UTC) - timedelta(hours=1)
    till.open()
    till.publish(till.payment(100, received_at=before), till.payment(200))
    assert till.until_booked(2)["late_count"] == 1
    assert [m["late"] for m in till.day()["movements"]["items"]] == [True, False]
