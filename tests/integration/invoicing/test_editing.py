"""A draft's lines edited over HTTP: one version for all of it, nothing when one thing is wrong, and no word lost."""

from typing import Any

import pytest

from tests.integration.invoicing.practice import Json, Practice, body_of, money, refusal
from tests.parts.sessions import FILLING, XRAY, procedure

pytestmark = pytest.mark.any_broker

FIRST, SECOND, PASTE = "procedure:p-1", "procedure:p-2", "material:m-1"
PRICE = {"unit_price": money(4_900), "tax_category": "S", "tax_rate": "19", "reason": "list of the maker"}
KIT = {"kind": "manual", "code": "bleaching-kit", "description": "Bleaching kit to take home", "price": PRICE}
OUT = {"line_id": SECOND, "reason": "done by a student, free"}
PERIOD = {"from": "2026-11-01", "to": "2026-11-30"}


def two(practice: Practice) -> Json:
    return practice.drafted(procedures=[procedure(), procedure(XRAY, 2)])


def path_of(invoice: Json) -> str:
    return f"/invoices/{invoice['invoice_id']}"


def fates(practice: Practice) -> list[Json]:
    [only] = body_of(practice.get(f"/clinics/{practice.clinic}/reports/completeness", **PERIOD))["items"]
    items: list[Json] = only["items"]
    return items


def test_an_edit_of_everything_is_one_version_one_revision_and_one_event(practice: Practice) -> None:
    draft = two(practice)
    body = {
        "note": "pays on Friday",
        "add": [{"kind": "procedure", "code": XRAY, "quantity": "2"}, {"kind": "procedure", "code": "D9999"}, KIT],
        "change": [{"line_id": FIRST, "quantity": "2", "tooth": None}],
        "remove": [OUT],
    }
    after = body_of(practice.patch(path_of(draft), body, 1))
    assert (after["version"], after["note"], after["reason"]) == (2, "pays on Friday", OUT["reason"])
    assert [(line["line_id"], line["net"]) for line in after["lines"]] == [
        (FIRST, money(25_000)),
        (PASTE, money(600)),
        ("added:2-1", money(3_600)),
        ("added:2-2", None),
        ("added:2-3", money(4_900)),
    ]
    assert (after["problems"], after["lines"][0]["tooth"]) == (["unpriced"], None)
    assert after["lines"][2]["price"]["price_list_id"] == "standard"
    assert [event.body["version"] for event in practice.events(2)] == [1, 2]
    history = body_of(practice.get(f"{path_of(draft)}/revisions"))["items"]
    assert [revision["version"] for revision in history] == [1, 2]
    fields = {change["field"] for change in history[1]["changes"]}
    assert {"note", "lines", "removed"} <= {field.split("/")[1] for field in fields}
    assert {"/lines/added:2-1", f"/lines/{FIRST}/quantity"} <= fields
    left_out = fates(practice)[1]
    assert (left_out["state"], left_out["reason"], left_out["by"]["role"]) == (
        "removed",
        OUT["reason"],
        "billing_manager",
    )
    gone = body_of(practice.patch(path_of(draft), {"remove": [{"line_id": "added:2-2", "reason": "typo"}]}, 2))
    final = body_of(practice.post(f"{path_of(draft)}/finalize", 3))
    assert final["lines"] == gone["lines"]
    assert [fate["state"] for fate in fates(practice)] == ["billed", "removed", "billed"]


@pytest.mark.parametrize(
    ("bad", "status", "code", "field"),
    [
        ({"change": [{"line_id": "procedure:x", "quantity": "2"}]}, 422, "line-unknown", "/change/0/line_id"),
        ({"remove": [{"line_id": "procedure:x", "reason": "r"}]}, 422, "line-unknown", "/remove/0/line_id"),
        ({"remove": [OUT, OUT]}, 422, "line-twice", "/remove/1/line_id"),
        ({"change": [{"line_id": FIRST, "unit": "g"}]}, 422, "field-of-another-kind", "/change/0/unit"),
        ({"change": [{"line_id": FIRST, "quantity": "999999999999"}]}, 422, "amount-too-large", "/change/0/quantity"),
        ({"resolve": [{"line_id": FIRST, "keep": "mine"}]}, 422, "not-in-conflict", "/resolve/0/line_id"),
        ({"add": [{**KIT, "price": {**PRICE, "tax_category": None}}]}, 422, "tax-missing", "/add/0/price/tax_category"),
        ({"add": [KIT, {"kind": "material", "code": "x", "system": "y"}]}, 422, "invalid-request", "/add/1"),
        ({"change": [{"line_id": FIRST, "quantity": "-1"}]}, 422, "invalid-request", "/change/0/quantity"),
        ({"change": [{"line_id": FIRST, "code": None}]}, 422, "invalid-request", "/change/0/code"),
        ({"change": [{"line_id": FIRST}]}, 422, "invalid-request", "/change/0"),
        ({"remove": [{"line_id": FIRST}]}, 422, "invalid-request", "/remove/0/reason"),
        ({"resolve": [{"line_id": FIRST, "keep": "both"}]}, 422, "invalid-request", "/resolve/0/keep"),
    ],
)
def test_one_thing_that_is_wrong_is_named_and_nothing_is_taken(
    practice: Practice, bad: dict[str, Any], status: int, code: str, field: str
) -> None:
    draft = two(practice)
    good = {"note": "pays on Friday", "add": [{"kind": "procedure", "code": XRAY}]}
    together = {**good, **bad, "add": [*good["add"], *bad.get("add", ())] if "add" not in bad else bad["add"]}
    answer = practice.patch(path_of(draft), together, 1)
    assert refusal(answer) == (status, code)
    problem = answer.json()
    assert field in [problem.get("field"), *(error["field"] for error in problem.get("errors", []))]
    assert practice.read() == draft


def test_all_things_that_are_wrong_are_named_with_a_pointer_each(practice: Practice) -> None:
    draft = two(practice)
    francs = {**KIT, "price": {**PRICE, "unit_price": money(1, "CHF")}}
    body = {
        "note": "pays on Friday",
        "change": [{"line_id": FIRST, "quantity": "2"}, {"line_id": "x", "tooth": "15"}],
        "remove": [{"line_id": FIRST, "reason": "r"}],
        "add": [KIT, francs],
    }
    answer = practice.patch(path_of(draft), body, 1)
    assert refusal(answer) == (422, "line-unknown")
    assert answer.json()["field"] == "/change/1/line_id"
    assert [(error["code"], error["field"]) for error in answer.json()["errors"]] == [
        ("line-unknown", "/change/1/line_id"),
        ("line-twice", "/remove/0/line_id"),
        ("currency-differs", "/add/1/price/unit_price"),
    ]
    assert practice.read() == draft


def test_the_front_desk_adds_by_code_and_a_manager_prices_and_leaves_out(practice: Practice) -> None:
    draft = two(practice)
    desk = practice.as_("front_desk")
    for body, field in (
        ({"add": [KIT]}, "/add/0/price"),
        ({"remove": [OUT]}, "/remove/0/line_id"),
    ):
        answer = desk.patch(path_of(draft), body, 1)
        assert (refusal(answer), answer.json()["field"]) == ((403, "role-missing"), field)
    after = body_of(desk.patch(path_of(draft), {"add": [{"kind": "material", "code": "COMP-A2", "unit": "g"}]}, 1))
    assert after["lines"][-1]["net"] == money(1_200)
    assert refusal(practice.as_("auditor").patch(path_of(draft), {"note": "x"}, 2)) == (403, "role-missing")
    assert refusal(desk.patch(path_of(draft), {"note": "x"}, 1)) == (412, "version-stale")


def test_a_correction_keeps_what_people_did_and_asks_where_both_changed_a_line(practice: Practice) -> None:
    draft = two(practice)
    body = {
        "note": "pays on Friday",
        "due_on": "2027-01-31",
        "add": [KIT],
        "remove": [OUT],
        "change": [{"line_id": FIRST, "quantity": "3"}],
    }
    body_of(practice.patch(path_of(draft), body, 1))
    done = [procedure(quantity="2"), procedure(XRAY, 2), procedure("D2740", 3)]
    practice.hears(practice.corrected(procedures=done), practice.corrected(procedures=done))
    both = practice.until_version(3)
    assert (both["note"], both["due_on"], both["problems"]) == ("pays on Friday", "2027-01-31", ["conflicting-edit"])
    lines = {line["line_id"]: line for line in both["lines"]}
    assert {*lines} == {FIRST, "procedure:p-3", PASTE, "added:2-1"}
    assert (lines[FIRST]["quantity"], lines[FIRST]["conflict"]) == ("3", "session-changed")
    assert lines[FIRST]["session"]["now"]["quantity"] == "2"
    assert refusal(practice.post(f"{path_of(draft)}/finalize", 3)) == (409, "conflicting-edit")
    kept = body_of(practice.patch(path_of(draft), {"resolve": [{"line_id": FIRST, "keep": "mine"}]}, 3))
    assert (kept["problems"], kept["lines"][0]["net"]) == ([], money(37_500))
    practice.hears(practice.corrected(version=3, procedures=[procedure(quantity="4"), procedure(XRAY, 2, tooth="11")]))
    again = practice.until_version(5)
    conflicts = {line["line_id"]: line["conflict"] for line in again["lines"]}
    assert conflicts == {FIRST: "session-changed", SECOND: "session-changed", PASTE: None, "added:2-1": None}
    body = {"resolve": [{"line_id": FIRST, "keep": "session"}, {"line_id": SECOND, "keep": "mine"}]}
    settled = body_of(practice.patch(path_of(draft), body, 5))
    assert [(line["line_id"], line["code"], line["quantity"]) for line in settled["lines"]] == [
        (FIRST, FILLING, "4"),
        (PASTE, "COMP-A2", "0.5"),
        ("added:2-1", "bleaching-kit", "1"),
    ]
    assert body_of(practice.post(f"{path_of(draft)}/finalize", 6))["status"] == "finalized"
