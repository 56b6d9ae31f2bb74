"""Registers as things of their own: configured, shown, listed, and what their settings refuse at the till."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.integration.cash_register.till import TODAY, Till, eur

pytestmark = pytest.mark.any_broker
FRONT = {"name": "Front desk", "currency": "EUR", "tolerance": eur(200), "most_cash": eur(12_000)}


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_a_register_is_configured_and_shown_with_its_open_day(till: Till) -> None:
    manager = till.as_("billing_manager")
    assert refusal(till.get("")) == (404, "register-not-found")
    put = manager.configure({**FRONT, "operators": ["usr-front-desk"], "reason": "opened in May"})
    assert (put.status_code, put.json()["version"], put.json()["open_day"]) == (200, 1, None)
    assert put.json()["denominations"][:3] == [1, 2, 5]
    till.open()
    shown = till.read("")
    assert (shown["name"], shown["tolerance"], shown["open_day"]["date"]) == ("Front desk", eur(200), TODAY)
    assert manager.configure(FRONT | {"name": "Door"}).json()["version"] == 2
    assert shown | {"name": "Door", "version": 2, "operators": []} == till.read("") | {
        "changed_at": shown["changed_at"],
        "changed_by": shown["changed_by"],
    }


def test_the_registers_of_a_clinic_are_listed_also_those_that_nobody_configured(till: Till) -> None:
    clinic = f"clinic-{uuid4().hex[:8]}"
    first, second = (replace(till, clinic=clinic, register=name) for name in "ab")
    second.as_("billing_manager").configure(FRONT)
    first.open()
    listed = first.registers(limit=1)
    assert [(r["register_id"], r["version"], r["name"]) for r in listed["items"]] == [("a", 0, "a")]
    listed = first.registers(limit=1, cursor=listed["next_cursor"])
    assert [(r["register_id"], r["version"], r["name"]) for r in listed["items"]] == [("b", 1, "Front desk")]
    assert listed["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"tolerance": eur(-1)}, (422, "amount-out-of-range")),
        ({"most_cash": {"amount_minor": 1, "currency": "CHF"}}, (422, "currency-differs")),
        ({"currency": "XXX"}, (422, "invalid-request")),
        ({"denominations": [-5]}, (422, "invalid-request")),
        ({"name": "  "}, (422, "invalid-request")),
        ({"flaot": 1}, (422, "invalid-request")),
    ],
)
def test_a_register_is_not_configured_with_what_does_not_fit(
    till: Till, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refusal(till.as_("billing_manager").configure(FRONT | body)) == expected
    assert refusal(till.get("")) == (404, "register-not-found")


def test_a_register_is_configured_by_managers_of_its_clinic_only(till: Till) -> None:
    assert refusal(till.configure(FRONT)) == (403, "role-missing")
    assert refusal(till.as_("billing_manager", "clinic-paris").configure(FRONT)) == (404, "not-found")
    assert refusal(till.as_("auditor", "clinic-paris").get("")) == (404, "not-found")


def test_a_register_that_names_its_people_is_run_by_no_others(till: Till) -> None:
    till.as_("billing_manager").configure({**FRONT, "operators": ["usr-somebody-else"]})
    assert refusal(till.open()) == (403, "register-not-yours")
    assert till.as_("billing_manager").open().status_code == 201
    assert refusal(till.move("pay_in", eur(1))) == (403, "register-not-yours")
    assert refusal(till.close(eur(10_000))) == (403, "register-not-yours")


def test_a_day_is_held_to_the_settings_that_it_was_opened_with(till: Till) -> None:
    manager = till.as_("billing_manager")
    manager.configure(FRONT)
    assert refusal(till.open(currency="CHF")) == (422, "currency-differs")
    assert till.open().json()["deposit_due"] is False
    manager.configure({"name": "Front desk", "currency": "EUR"})
    assert refusal(manager.configure({"name": "Front desk", "currency": "CHF"})) == (409, "day-already-open")
    assert till.move("pay_in", eur(2_001)).json()["deposit_due"] is True
    coins = [{"value_minor": 30, "count": 10}]
    assert refusal(till.close(eur(300), denominations=coins)) == (422, "denomination-unknown")
    closed = till.close(eur(12_201), reason="found two euros").json()
    assert (closed["variance"], closed["tolerance"], closed["awaiting_approval"]) == (eur(200), eur(200), False)
    assert refusal(manager.approve()) == (409, "nothing-to-approve")
