"""What the till refuses, and how it says so."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from tests.integration.cash_register.till import TODAY, TOMORROW, Till, eur

pytestmark = pytest.mark.any_broker


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_a_second_open_day_is_refused(till: Till) -> None:
    till.open(TODAY)
    assert refusal(till.open(TOMORROW)) == (409, "day-already-open")


def test_a_date_has_one_day(till: Till) -> None:
    till.open()
    till.close(eur(10_000))
    assert refusal(till.open()) == (409, "day-exists")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"opening": eur(-1)}, (422, "amount-out-of-range")),
        ({"opening": eur(10**15 + 1)}, (422, "amount-out-of-range")),
        ({"opening": {"amount_minor": 1, "currency": "CHF"}}, (422, "currency-differs")),
        ({"currency": "EUX"}, (422, "invalid-request")),
        ({"date": "23.11.2026"}, (422, "invalid-request")),
        ({"date": "1999-12-31"}, (422, "date-not-today")),
        ({"date": "2031-01-01"}, (422, "date-not-today")),
        ({"opening": None}, (422, "invalid-request")),
        ({"denominations": [{"value_minor": 5_000, "count": 1}]}, (422, "denominations-differ")),
        ({"denominations": [{"value_minor": 2_500, "count": 4}]}, (422, "denomination-unknown")),
        ({"opening": {"amount_minor": 10.5, "currency": "EUR"}}, (422, "invalid-request")),
        ({"floot": 1}, (422, "invalid-request")),
    ],
)
def test_a_day_is_not_opened_with_what_does_not_fit(
    till: Till, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refusal(till.post("/days", _opening(till) | body)) == expected
    assert till.read("/days")["items"] == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"amount": eur(-500)}, (422, "amount-out-of-range")),
        ({"amount": eur(0)}, (422, "amount-out-of-range")),
        ({"amount": {"amount_minor": 500, "currency": "USD"}}, (422, "currency-differs")),
        ({"reason": "  "}, (422, "invalid-request")),
        ({"reason": None}, (422, "invalid-request")),
        ({"kind": "payment"}, (422, "invalid-request")),
    ],
)
def test_cash_is_not_moved_with_what_does_not_fit(till: Till, body: dict[str, Any], expected: tuple[int, str]) -> None:
    till.open()
    movement = {"kind": "pay_in", "amount": eur(500), "reason": "change"}
    assert refusal(till.post(f"/days/{TODAY}/movements", movement | body)) == expected
    assert till.day()["movement_count"] == 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"counted": eur(-1)}, (422, "amount-out-of-range")),
        ({"counted": {"amount_minor": 10_000, "currency": "CHF"}}, (422, "currency-differs")),
        ({"denominations": [{"value_minor": 5_000, "count": 1}]}, (422, "denominations-differ")),
        ({"denominations": [{"value_minor": 5_000, "count": -2}]}, (422, "invalid-request")),
        ({"counted": eur(9_999)}, (422, "variance-unexplained")),
    ],
)
def test_a_day_is_not_closed_with_what_does_not_fit(
    till: Till, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    till.open()
    assert refusal(till.post(f"/days/{TODAY}/close", {"counted": eur(10_000)} | body)) == expected
    assert till.day()["status"] == "open"


def test_a_closed_day_does_not_change(till: Till) -> None:
    till.open()
    till.close(eur(10_000))
    before = till.day()
    assert refusal(till.close(eur(10_000))) == (409, "illegal-transition")
    assert refusal(till.move("pay_in", eur(1))) == (409, "illegal-transition")
    assert till.day() == before


COMMANDS: list[Callable[[Till], httpx2.Response]] = [
    Till.open,
    lambda till: till.move("pay_in", eur(1)),
    lambda till: till.close(eur(10_000)),
    lambda till: till.as_("billing_manager", *till.token_for).approve(),
    lambda till: till.cancel(),
    lambda till: till.hand_over(eur(10_000)),
]
READS: list[Callable[[Till], httpx2.Response]] = [
    lambda till: till.get("/days"),
    lambda till: till.get(""),
    lambda till: till.get("/waiting"),
    lambda till: till.get(f"/days/{TODAY}"),
    lambda till: till.as_("auditor", *till.token_for).get(f"/days/{TODAY}/x-report"),
    lambda till: till.get(f"/days/{TODAY}/z-report"),
]


@pytest.mark.parametrize("call", [*COMMANDS, *READS])
def test_another_clinics_register_does_not_exist(till: Till, call: Callable[[Till], httpx2.Response]) -> None:
    till.open()
    assert refusal(call(till.as_("front_desk", "clinic-paris"))) == (404, "not-found")


def test_a_register_of_the_same_name_in_another_clinic_is_another_one(till: Till) -> None:
    till.open()
    elsewhere = replace(till, clinic="clinic-paris")
    assert refusal(elsewhere.get(f"/days/{TODAY}")) == (404, "day-not-found")
    assert elsewhere.open(opening=1).status_code == 201
    assert till.day()["opening"] == eur(10_000)


@pytest.mark.parametrize("call", [*COMMANDS[1:], *READS[3:]])
def test_an_unknown_register_has_no_days(till: Till, call: Callable[[Till], httpx2.Response]) -> None:
    assert refusal(call(till)) == (404, "day-not-found")


@pytest.mark.parametrize("call", COMMANDS)
def test_an_auditor_reads_and_changes_nothing(till: Till, call: Callable[[Till], httpx2.Response]) -> None:
    till.open()
    auditor = till.as_("auditor")
    assert auditor.day()["status"] == "open"
    if call is not COMMANDS[3]:
        assert refusal(call(auditor)) == (403, "role-missing")


def test_approval_takes_a_reason_and_a_billing_manager_who_did_not_close_the_day(till: Till) -> None:
    manager = till.as_("billing_manager")
    till.open(TODAY)
    till.close(eur(9_000), reason="ten short")
    assert refusal(till.approve()) == (403, "role-missing")
    assert refusal(manager.approve(reason=None)) == (422, "invalid-request")
    approved = manager.approve()
    assert (approved.status_code, approved.json()["approved_by"]["actor_id"]) == (200, "usr-billing-manager")
    assert refusal(manager.approve()) == (409, "illegal-transition")

    manager.open(TOMORROW, opening=9_000)
    manager.close(eur(8_000), TOMORROW, reason="ten short")
    assert refusal(manager.approve(TOMORROW)) == (403, "maker-is-checker")


@pytest.mark.parametrize("path", ["/days", f"/days/{TODAY}/movements", f"/days/{TODAY}/close"])
def test_what_moves_money_takes_an_idempotency_key(till: Till, path: str) -> None:
    till.open()
    body = {"/days": _opening(till), "/close": {"counted": eur(10_000)}}.get(
        path.removeprefix(f"/days/{TODAY}"), {"kind": "pay_in", "amount": eur(1), "reason": "change"}
    )
    assert refusal(till.post(path, body, key=None)) == (400, "idempotency-key-missing")
    assert till.day()["version"] == 1


def test_a_movement_that_is_sent_twice_with_its_key_moves_once(till: Till) -> None:
    till.open()
    body = {"kind": "pay_in", "amount": eur(500), "reason": "change"}
    first = till.post(f"/days/{TODAY}/movements", body, key=f"desk-{till.register}")
    again = till.post(f"/days/{TODAY}/movements", body, key=f"desk-{till.register}")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    other = till.post(f"/days/{TODAY}/movements", body | {"amount": eur(501)}, key=f"desk-{till.register}")
    assert refusal(other) == (409, "idempotency-key-reused")
    assert till.day()["expected"] == eur(10_500)


def test_of_two_that_open_the_same_register_at_once_one_wins(till: Till) -> None:
    with ThreadPoolExecutor() as desks:
        answers = list(desks.map(lambda date: till.open(date), [TODAY, TOMORROW] * 3))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 5
    assert len(till.read("/days")["items"]) == 1


def test_the_desk_and_the_topic_move_cash_at_once_and_nothing_is_lost(till: Till) -> None:
    till.open(opening=0)
    with ThreadPoolExecutor() as desks:
        published = desks.submit(till.publish, *(till.payment(100) for _ in range(200)))
        answers = list(desks.map(lambda _: till.move("pay_in", eur(1)), range(20)))
        published.result()
    assert [a.status_code for a in answers] == [201] * 20
    assert till.until_booked(220)["expected"] == eur(20_020)


def _opening(till: Till) -> dict[str, Any]:
    return {"clinic_id": till.clinic, "date": TODAY, "currency": "EUR", "opening": eur(10_000)}
