"""What a clinic decides about its payments, and who decided it when."""

from typing import Any

import pytest

from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.patience import until

pytestmark = pytest.mark.any_broker

ACCOUNTS = (
    "cash",
    "bank",
    "cheques",
    "card_clearing",
    "terminal_clearing",
    "patients",
    "payment_fees",
    "cash_rounding",
)
DEFAULTS = {
    "refund_limits": [],
    "calendar": {"time_zone": "UTC", "country": None, "subdivision": None, "sets": [], "own_days": []},
    "retry_days": [3, 7],
    "accounting": {"chart": None, "accounts": dict.fromkeys(ACCOUNTS), "datev": None},
    "round_euro_cash": False,
    "version": 0,
}
BERLIN = {
    "refund_limits": [{"role": "billing_manager", "amount": money(50_000)}],
    "calendar": {
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "subdivision": "BY",
        "sets": ["catholic"],
        "own_days": ["12-24", "2026-10-30"],
    },
    "retry_days": [1, 3, 10],
    "round_euro_cash": True,
    "accounting": {
        "chart": "SKR04",
        "accounts": {**dict.fromkeys(ACCOUNTS), "bank": "1810"},
        "datev": {"consultant": 1001, "client": 7, "account_length": 4, "year_begins": "01-01"},
    },
}


def shown(desk: Desk) -> Json:
    return body_of(desk.get(desk.settings_path), 200)


def test_where_nobody_decided_there_are_defaults(desk: Desk) -> None:
    assert shown(desk) == {**DEFAULTS, "clinic_id": desk.clinic}
    assert body_of(desk.get(f"{desk.settings_path}/revisions"), 200) == {"items": [], "next_cursor": None}


def test_settings_are_put_whole_and_each_change_is_a_revision(desk: Desk) -> None:
    assert body_of(desk.manager.put(desk.settings_path, {**BERLIN, "reason": "opened"}), 200)["version"] == 1
    assert shown(desk) == {**BERLIN, "clinic_id": desk.clinic, "version": 1}
    stored = body_of(desk.manager.put(desk.settings_path, {"retry_days": []}), 200)
    assert stored == shown(desk) == {**DEFAULTS, "retry_days": [], "clinic_id": desk.clinic, "version": 2}
    first, second = body_of(desk.get(f"{desk.settings_path}/revisions"), 200)["items"]
    assert (first["type"], first["reason"], first["actor_role"]) == (
        "payments.settings-changed",
        "opened",
        "billing_manager",
    )
    assert second["previous"] == first["hash"]
    changed = {change["field"]: (change["before"], change["after"]) for change in second["changes"]}
    assert changed["/calendar/time_zone"] == ("Europe/Berlin", "UTC")
    assert changed["/retry_days"] == ([1, 3, 10], [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"calendar": {"time_zone": "Berlin"}}, "/calendar/time_zone"),
        ({"calendar": {"country": "XX"}}, "/calendar/country"),
        ({"calendar": {"country": "Germany"}}, "/calendar/country"),
        ({"calendar": {"country": "DE", "subdivision": "ZZ"}}, "/calendar/subdivision"),
        ({"calendar": {"subdivision": "BE"}}, "/calendar/subdivision"),
        ({"calendar": {"country": "DE", "sets": ["orthodox"]}}, "/calendar/sets"),
        ({"calendar": {"country": "DE", "sets": ["school"]}}, "/calendar/sets"),
        ({"calendar": {"sets": ["catholic"]}}, "/calendar/sets"),
        ({"calendar": {"own_days": ["2026-02-29"]}}, "/calendar/own_days/0"),
        ({"calendar": {"own_days": ["24.12."]}}, "/calendar/own_days/0"),
        ({"retry_days": [3, 3]}, "/retry_days"),
        ({"retry_days": [0]}, "/retry_days/0"),
        ({"refund_limits": [{"role": "front_desk", "amount": money(1)}]}, "/refund_limits/0/role"),
        ({"refund_limits": [{"amount": money(-1)}]}, "/refund_limits/0/amount"),
        ({"refund_limits": [{"amount": money(1)}, {"amount": money(2)}]}, "/refund_limits"),
        ({"limit": 1}, "/limit"),
    ],
)
def test_settings_that_make_no_sense_are_refused_naming_the_field(desk: Desk, body: Any, field: str) -> None:
    refused = desk.manager.put(desk.settings_path, body)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert shown(desk)["version"] == 0


def test_only_a_billing_manager_decides_and_only_for_their_own_clinic(desk: Desk) -> None:
    for role in ("front_desk", "auditor"):
        assert code_of(desk.as_(role).put(desk.settings_path, BERLIN)) == "role-missing"
    stranger = desk.as_("billing_manager", "clinic-other")
    for refused in (
        stranger.put(desk.settings_path, BERLIN),
        stranger.get(desk.settings_path),
        stranger.get(f"{desk.settings_path}/revisions"),
    ):
        assert (refused.status_code, code_of(refused)) == (404, "not-found")


def test_the_time_zone_is_told_once_in_the_clinics_profile(desk: Desk) -> None:
    assert shown(desk)["calendar"]["time_zone"] == "UTC"
    desk.configured("America/Chicago")
    until(lambda: shown(desk)["calendar"]["time_zone"], lambda zone: zone == "America/Chicago")
    other = desk.manager.put(desk.settings_path, BERLIN)
    assert (other.status_code, other.json()["code"], other.json()["field"]) == (
        422,
        "time-zone-differs",
        "/calendar/time_zone",
    )
    without = {**BERLIN, "calendar": {"country": "DE", "subdivision": "BE"}}
    assert body_of(desk.manager.put(desk.settings_path, without), 200)["calendar"]["time_zone"] == "America/Chicago"
    same = {**BERLIN, "calendar": {"time_zone": "America/Chicago"}}
    assert body_of(desk.manager.put(desk.settings_path, same), 200)["version"] == 2
    desk.configured("Europe/Paris", version=2)
    until(lambda: shown(desk)["calendar"]["time_zone"], lambda zone: zone == "Europe/Paris")
    report = body_of(desk.get(f"/clinics/{desk.clinic}/reports/settlement", date="2026-11-20"), 200)
    assert (report["time_zone"], report["begin"]) == ("Europe/Paris", "2026-11-19T23:00:00Z")
