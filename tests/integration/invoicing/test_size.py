"""One size for an invoice along the whole way: what payments and documents would not read does not become final."""

import json

import pytest

from contracts.topics import MAX_VALUE_BYTES
from tests.integration.invoicing.practice import Json, Practice, body_of, money, refusal
from tests.parts.sessions import procedure

pytestmark = pytest.mark.any_broker

PRICE = {"unit_price": money(4_900), "tax_category": "S", "tax_rate": "19", "reason": "list of the maker"}
KIT = {"kind": "manual", "code": "kit", "description": "x" * 900, "price": PRICE}


def long_session(practice: Practice, lines: int, letters: int) -> Json:
    return practice.drafted(procedures=[procedure(nth=n, description="x" * letters) for n in range(lines)])


def path_of(invoice: Json) -> str:
    return f"/invoices/{invoice['invoice_id']}"


def bytes_of(invoice: Json) -> int:
    return len(json.dumps(invoice, separators=(",", ":"), ensure_ascii=False).encode())


def test_a_draft_of_many_long_lines_is_there_and_does_not_become_final(practice: Practice) -> None:
    draft = long_session(practice, 1_499, 300)
    assert bytes_of(draft) > MAX_VALUE_BYTES
    refused = practice.post(f"{path_of(draft)}/finalize", 1)
    assert refusal(refused) == (422, "event-too-large")
    problem = refused.json()
    assert (problem["field"], "1500 entries" in problem["detail"]) == ("/lines", True), problem
    assert practice.read()["status"] == "draft"
    assert practice.read()["number"] is None


def test_it_is_told_and_becomes_final_once_the_session_says_less(practice: Practice) -> None:
    draft = long_session(practice, 1_499, 300)
    practice.hears(practice.corrected(procedures=[procedure(nth=n) for n in range(20)]))
    practice.until_version(2)
    final = body_of(practice.post(f"{path_of(draft)}/finalize", 2))
    assert final["status"] == "finalized"
    assert [one.body["version"] for one in practice.events(3)] == [2, 3]


def test_it_can_be_voided(practice: Practice) -> None:
    draft = long_session(practice, 1_499, 300)
    assert body_of(practice.post(f"{path_of(draft)}/void", 1, {"reason": "billed by hand"}))["status"] == "void"


def test_an_edit_that_makes_it_too_large_is_refused_and_names_what(practice: Practice) -> None:
    draft = long_session(practice, 800, 300)
    version, answer = 1, None
    for version in range(1, 20):
        answer = practice.patch(path_of(draft), {"add": [KIT] * 50}, version)
        if answer.status_code != 200:
            break
    assert answer is not None
    assert refusal(answer) == (422, "event-too-large")
    assert answer.json()["field"] == "/lines"
    assert practice.read()["version"] == version


def test_a_final_invoice_leaves_room_for_what_is_paid_of_it(practice: Practice) -> None:
    draft = long_session(practice, 700, 300)
    assert bytes_of(draft) < MAX_VALUE_BYTES
    for version in range(1, 20):
        answer = practice.patch(path_of(draft), {"add": [KIT] * 20}, version)
        if answer.status_code != 200:
            break
    assert refusal(practice.post(f"{path_of(draft)}/finalize", practice.read()["version"])) == (422, "event-too-large")
