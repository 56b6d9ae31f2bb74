"""Prices over HTTP: a plan's list on its patients' drafts, prices by hand, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.invoicing.practice import Practice, body_of, money
from tests.parts.sessions import COMPOSITE, FILLING, item, material, prices, taxed

pytestmark = pytest.mark.any_broker

PLUS = {"payer_id": "aok", "plan": "plus", "payer_name": None, "member_id": "X1", "relationship": "self"}

PLUS_ONLY = {"plan": "plus"}


def test_a_patient_with_a_plan_is_billed_by_the_plans_list_and_the_rest_by_the_clinics(practice: Practice) -> None:
    practice.configured()
    path = f"/clinics/{practice.clinic}/price-lists/aok-plus"
    put = body_of(practice.put(path, {**prices(item(FILLING, 9_900)), "applies_to": {"plan": "plus"}}))
    assert put["applies_to"] == {"payer_id": None, "plan": "plus", "provider_id": None}
    assert body_of(practice.get(path)) == put
    insured = {"patient_id": "pat-1", "name": "Ada Example", "coverage": PLUS}
    first = practice.drafted("ses-1", patient=insured)
    second = practice.drafted("ses-2")
    assert [(line["price"]["price_list_id"], line["price"]["rule"]) for line in first["lines"]] == [
        ("aok-plus", "plan"),
        ("standard", "clinic"),
    ]
    assert {line["price"]["rule"] for line in second["lines"]} == {"clinic"}


def test_a_clinics_lists_are_paged_without_their_prices(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}/price-lists"
    body_of(practice.put(f"{path}/aok-plus", {**prices(item(FILLING, 9_900)), "applies_to": PLUS_ONLY}))
    first = body_of(practice.get(path, limit=1))
    rest = body_of(practice.get(path, limit=1, cursor=first["next_cursor"]))
    assert rest["next_cursor"] is None
    assert [
        (listed["price_list_id"], listed["version"], listed["applies_to"]) for listed in first["items"] + rest["items"]
    ] == [
        ("aok-plus", 1, {"payer_id": None, "plan": "plus", "provider_id": None}),
        ("standard", 1, None),
    ]
    assert "periods" not in first["items"][0]
    assert practice.as_("billing_manager", "clinic-elsewhere").get(path).status_code == 404


def test_two_lists_cannot_apply_to_just_the_same(practice: Practice) -> None:
    practice.configured()
    body = {**prices(item(FILLING, 9_900)), "applies_to": {"plan": "plus"}}
    lists = f"/clinics/{practice.clinic}/price-lists"
    body_of(practice.put(f"{lists}/one", body))
    body_of(practice.put(f"{lists}/one", body))
    refused = practice.put(f"{lists}/two", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "price-list-scope-taken")
    both = practice.put(f"{lists}/three", {**body, "applies_to": {"plan": "plus", "provider_id": "doc-4"}})
    assert (both.status_code, both.json()["field"]) == (422, "/applies_to")


def test_of_lists_put_at_once_for_just_the_same_one_is_taken(practice: Practice) -> None:
    path, body = f"/clinics/{practice.clinic}/price-lists", {**prices(item(FILLING, 9_900)), "applies_to": PLUS_ONLY}
    with ThreadPoolExecutor(6) as desks:
        put = desks.map(lambda n: practice.put(f"{path}/list-{n}", body).status_code, range(6))
        assert sorted(put) == [200, *[422] * 5]


def test_a_manager_prices_and_waives_lines_and_a_correction_keeps_it(practice: Practice) -> None:
    practice.configured()
    draft = practice.drafted("ses-1")
    path = f"/invoices/{draft['invoice_id']}/lines/{draft['lines'][0]['line_id']}"
    price = {"unit_price": {"amount_minor": 7_000, "currency": "EUR"}, "reason": "agreed by phone"}
    priced = body_of(practice.put(f"{path}/price", price, 1))
    assert (priced["version"], priced["lines"][0]["net"]["amount_minor"]) == (2, 7_000)
    assert priced["lines"][0]["override"]["reason"] == "agreed by phone"
    practice.hears(practice.corrected("ses-1"))
    corrected = practice.until_version(3)
    assert corrected["lines"][0]["net"]["amount_minor"] == 7_000
    waived = body_of(practice.put(f"{path}/waiver", {"reason": "our own repair"}, 3))
    assert (waived["lines"][0]["net"]["amount_minor"], waived["lines"][0]["waiver"]["reason"]) == (0, "our own repair")
    back = body_of(practice.delete(f"{path}/price", 4))
    assert (back["lines"][0]["waiver"], back["totals"]) == (None, draft["totals"])
    revisions = body_of(practice.get(f"/invoices/{draft['invoice_id']}/revisions"))["items"]
    assert [revision["reason"] for revision in revisions][1] == "agreed by phone"


def test_prices_by_hand_are_the_managers_and_need_a_version_and_a_reason(practice: Practice) -> None:
    practice.configured()
    draft = practice.drafted("ses-1")
    path = f"/invoices/{draft['invoice_id']}/lines/{draft['lines'][0]['line_id']}/waiver"
    assert practice.as_("front_desk").put(path, {"reason": "x"}, 1).status_code == 403
    assert practice.put(path, {"reason": "x"}, 7).status_code == 412
    assert practice.put(path, {"reason": ""}, 1).status_code == 422
    unknown = f"/invoices/{draft['invoice_id']}/lines/procedure:nobody/waiver"
    assert practice.put(unknown, {"reason": "x"}, 1).json()["code"] == "line-unknown"
    assert practice.as_("billing_manager", "clinic-other").put(path, {"reason": "x"}, 1).status_code == 404


def test_prices_with_vat_are_what_the_invoice_costs_and_what_is_paid(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}/price-lists/standard"
    stored = body_of(practice.put(path, prices(taxed(COMPOSITE, 3, "20"), basis="gross")))
    assert (stored["basis"], practice.get(path).json()["basis"]) == ("gross", "gross")
    final = practice.finalized(procedures=[], materials=[material(quantity="1")])
    totals = final["totals"]
    assert [totals[name]["amount_minor"] for name in ("net", "tax", "gross", "rounding", "due")] == [3, 1, 4, -1, 3]
    assert final["lines"][0]["amount"] == money(3)
    practice.hears(practice.payment(3))
    assert practice.until_version(3)["status"] == "paid"
    practice.until_balance(0)
