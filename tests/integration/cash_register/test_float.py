"""The float is a chain: what a close leaves, the next day begins with, on the clinic's own date."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contracts.invoicing import ClinicConfigured
from tests.integration.cash_register.test_registers import refusal
from tests.integration.cash_register.till import TODAY, TOMORROW, Till, eur
from tests.parts.patience import until
from tests.parts.wire import publish, sealed

FARTHEST_WEST, FARTHEST_EAST = "Pacific/Pago_Pago", "Pacific/Kiritimati"
"""25 hours apart: it is never the same date at both."""


def in_zone(till: Till, zone: str, version: int = 1) -> ClinicConfigured:
    """The profile of the till's clinic, as invoicing says it."""
    now = datetime.now(UTC)
    return ClinicConfigured(
        clinic_id=till.clinic,
        version=version,
        name="Clinic",
        currency="EUR",
        time_zone=zone,
        changed_at=now,
        changed_by={"actor_id": "usr-manager", "role": "billing_manager"},
    )


def test_another_float_than_was_left_is_explained_booked_and_approved(till: Till) -> None:
    till.open(TODAY, opening=10_000)
    till.close(eur(10_000), TODAY)
    assert refusal(till.open(TOMORROW, opening=5_000)) == (422, "variance-unexplained")
    opened = till.open(TOMORROW, opening=5_000, reason="50 euros are missing").json()
    assert {name: opened[name] for name in ("opening", "opening_counted", "opening_variance")} == {
        "opening": eur(10_000),
        "opening_counted": eur(5_000),
        "opening_variance": eur(-5_000),
    }
    assert (opened["opening_reason"], opened["awaiting_approval"]) == ("50 euros are missing", True)
    [moved] = till.day(TOMORROW)["movements"]["items"]
    assert (moved["kind"], moved["category"], moved["amount"]) == ("pay_out", "difference", eur(-5_000))

    manager = till.as_("billing_manager")
    approved = manager.approve(TOMORROW).json()
    assert (approved["status"], approved["awaiting_approval"]) == ("open", False)
    assert manager.read(f"/days/{TOMORROW}")["expected"] == eur(5_000)
    assert approved["opening_approved_by"]["actor_id"] == "usr-billing-manager"
    assert refusal(manager.approve(TOMORROW)) == (409, "illegal-transition")
    events = [(event.type, event.body["version"]) for event in till.published(opened["day_id"], 3)]
    assert events == [("day-opened", 1), ("cash-recorded", 2), ("day-opened", 3)]


def test_a_float_is_opened_coin_by_coin(till: Till) -> None:
    coins = [{"value_minor": 5_000, "count": 2}, {"value_minor": 50, "count": 4}]
    body = {"clinic_id": till.clinic, "date": TODAY, "currency": "EUR", "denominations": coins}
    opened = till.post("/days", body).json()
    assert (opened["opening"], opened["opening_denominations"]) == (eur(10_200), coins)


def test_an_empty_day_is_cancelled_and_its_date_opened_again(till: Till) -> None:
    till.open(TODAY, opening=10_000)
    till.close(eur(10_000), TODAY)
    day_id = till.open(TOMORROW, opening=1_000, reason="a typing error").json()["day_id"]
    cancelled = till.cancel(TOMORROW).json()
    assert (cancelled["status"], cancelled["counted"], cancelled["cancel_reason"]) == (
        "closed",
        None,
        "opened by mistake",
    )
    assert refusal(till.cancel(TOMORROW)) == (409, "illegal-transition")
    again = till.open(TOMORROW, opening=10_000).json()
    assert (again["day_id"], again["opening_variance"]) == (day_id, eur(0))
    day = till.day(TOMORROW)
    assert day["expected"] == eur(10_000)
    assert [m["amount"]["amount_minor"] for m in day["movements"]["items"]] == [-9_000, 9_000]
    events = [event.type for event in till.published(day_id, 5)]
    assert events == ["day-opened", "cash-recorded", "cash-recorded", "day-cancelled", "day-opened"]


def test_a_day_that_cash_has_moved_on_is_not_cancelled(till: Till) -> None:
    till.open()
    till.move("pay_in", eur(1))
    assert refusal(till.cancel()) == (409, "day-not-empty")
    assert till.day()["status"] == "open"


@pytest.mark.parametrize("zone", [FARTHEST_WEST, FARTHEST_EAST])
def test_a_day_is_opened_on_the_date_at_the_clinic_only(till: Till, zone: str) -> None:
    there = replace(till, clinic=f"clinic-{uuid4().hex[:8]}")
    publish(till.kafka, sealed(in_zone(there, zone)))
    today = datetime.now(ZoneInfo(zone)).date()
    other = {FARTHEST_WEST: FARTHEST_EAST, FARTHEST_EAST: FARTHEST_WEST}[zone]
    wrong = datetime.now(ZoneInfo(other)).date().isoformat()
    # Until the profile is heard, a date that it is anywhere will do; then what it opened is cancelled.
    until(lambda: _refused(there, wrong), bool)
    assert there.open(today.isoformat()).status_code == 201


def _refused(till: Till, on: str) -> bool:
    answer = till.open(on)
    if answer.status_code == 201:
        till.cancel(on)
        return False
    return refusal(answer) == (422, "date-not-today")


def test_a_day_whose_date_is_over_at_the_clinic_is_forgotten_and_closed_late(till: Till) -> None:
    there = replace(till, clinic=f"clinic-{uuid4().hex[:8]}")
    there.open(TODAY)
    assert there.day(TODAY)["forgotten"] is False
    publish(till.kafka, sealed(in_zone(there, FARTHEST_EAST)))
    until(lambda: there.day(TODAY), _is_forgotten)
    [register] = there.registers()["items"]
    assert (register["open_day"]["date"], register["open_day"]["forgotten"]) == (TODAY, True)
    assert refusal(there.open(TOMORROW)) == (409, "day-already-open")
    closed = there.close(eur(10_000), TODAY).json()
    assert (closed["closed_late"], closed["forgotten"]) == (True, False)


def _is_forgotten(day: dict[str, Any]) -> bool:
    return bool(day["forgotten"])
