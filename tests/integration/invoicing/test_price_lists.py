"""Price lists over HTTP: a plan's prices on its patients' drafts, and what is refused."""

from tests.integration.invoicing.practice import Practice, body_of
from tests.parts.sessions import FILLING, item, prices

PLUS = {"payer_id": "aok", "plan": "plus", "payer_name": None, "member_id": "X1", "relationship": "self"}


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
