"""An invoice that an insurer pays in part: by the clinic's plans or by hand, paid in parts, with the claim's data."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.invoicing.practice import GROSS_MINOR, Json, Practice, body_of, money, refusal
from tests.parts import sessions

pytestmark = pytest.mark.any_broker

COVERAGE = {"payer_id": "aok", "payer_name": "AOK", "plan": "standard", "member_id": "X123", "relationship": "self"}
EIGHTY = {"codes": ["D2391"], "share": {"kind": "percent", "rate": "80"}}
PLAN = {"payer_id": "aok", "plan": "standard", "lines": [EIGHTY]}
INSURER, PATIENT = 10_000, GROSS_MINOR - 10_000
NOTHING = money(0)


@pytest.fixture
def insured(practice: Practice) -> Practice:
    """A clinic with a plan, and a patient who is covered by it."""
    practice.configured(insurance=[PLAN])
    practice.patient = {"patient_id": "pat-77", "coverage": COVERAGE}
    return practice


def split(invoice: Json) -> tuple[Any, ...]:
    names = ("insurer_part", "patient_part", "insurer_paid", "patient_paid")
    return tuple(invoice["insurance"][name]["amount_minor"] for name in names)


def path(invoice: Json) -> str:
    return f"/invoices/{invoice['invoice_id']}/insurance"


def test_a_draft_is_split_by_the_clinics_plan_and_each_part_is_paid_for_itself(insured: Practice) -> None:
    draft = insured.drafted()
    assert split(draft) == (INSURER, PATIENT, 0, 0)
    assert [line["insurer_part"] for line in draft["lines"]] == [money(INSURER), NOTHING]
    final = body_of(insured.post(f"/invoices/{draft['invoice_id']}/finalize", 1))
    assert split(final) == (INSURER, PATIENT, 0, 0)
    insured.hears(insured.payment(PATIENT + 100))
    part = insured.until_version(3)
    assert (part["status"], part["totals"]["due"], split(part)) == (
        "finalized",
        money(INSURER),
        (INSURER, PATIENT, 0, PATIENT),
    )
    insured.hears(insured.payment(INSURER, part="insurer"))
    paid = insured.until_version(4)
    assert (paid["status"], split(paid)) == ("paid", (INSURER, PATIENT, INSURER, PATIENT))
    assert sorted((a["part"], a["amount"]["amount_minor"]) for a in paid["allocations"]) == [
        ("insurer", INSURER),
        ("patient", PATIENT),
    ]
    [balance] = insured.until_balance(-100)["balances"]
    assert (balance["open"], balance["credit"]) == (NOTHING, money(100))


def test_what_a_claim_needs_is_in_the_snapshot_of_the_finalized_invoice(insured: Practice) -> None:
    provider = {"provider_id": "doc-4", "name": "Dr. Ada Weiß", "npi": "1234567893"}
    insured.finalized(provider=provider)
    revised = insured.events(2)[-1]
    assert revised.type == "invoice-finalized"
    claim = revised.body
    line = claim["lines"][0]
    assert (line["code"], line["system"], line["tooth"], line["surfaces"], line["performed_on"]) == (
        "D2391",
        "http://www.ada.org/cdt",
        "14",
        ["O"],
        "2026-11-20",
    )
    assert (line["provider_id"], line["insurer_part"]) == ("doc-4", money(INSURER))
    assert claim["provider"] == provider
    assert {name: fact for name, fact in claim["buyer"]["coverage"].items() if fact is not None} == COVERAGE
    named = {name: claim["insurance"][name] for name in ("payer_id", "payer_name", "plan", "member_id")}
    assert named == {name: COVERAGE[name] for name in named}


def test_a_yearly_maximum_counts_what_was_finalized_before(insured: Practice) -> None:
    insured.configured(insurance=[{**PLAN, "yearly_maximum_minor": 15_000}])
    first, second, third = (insured.drafted(f"ses-{n}") for n in range(3))
    assert split(third) == (INSURER, PATIENT, 0, 0)
    finals = [body_of(insured.post(f"/invoices/{i['invoice_id']}/finalize", 1)) for i in (first, second, third)]
    assert [split(final)[0] for final in finals] == [10_000, 5_000, 0]
    assert finals[2]["insurance"]["rule"].endswith("yearly maximum")
    body_of(insured.post(f"/invoices/{first['invoice_id']}/void", 2, {"reason": "mistake"}))
    assert split(insured.finalized("ses-4"))[0] == 10_000
    other = insured.finalized("ses-5", patient={"patient_id": "pat-78"})
    assert split(other)[0] == 10_000


def test_a_maximum_is_of_the_benefit_year_in_which_something_was_done(insured: Practice) -> None:
    plan = {**PLAN, "yearly_maximum_minor": 10_000, "renews_in_month": 7}
    insured.configured(insurance=[plan])
    first = insured.finalized("ses-1", procedures=[sessions.procedure(performed_on="2026-07-01")], materials=[])
    before = insured.finalized("ses-2", procedures=[sessions.procedure(performed_on="2026-06-30")], materials=[])
    after = insured.finalized("ses-3", procedures=[sessions.procedure(performed_on="2027-06-30")], materials=[])
    assert [split(invoice)[0] for invoice in (first, before, after)] == [10_000, 10_000, 0]
    refused = insured.put(f"/clinics/{insured.clinic}", sessions.clinic(insurance=[{**plan, "renews_in_month": 13}]))
    assert refusal(refused) == (422, "invalid-request")


def test_finalizing_at_once_does_not_spend_a_yearly_maximum_twice(insured: Practice) -> None:
    insured.configured(insurance=[{**PLAN, "yearly_maximum_minor": 15_000}])
    drafts = [insured.drafted(f"ses-{n}") for n in range(4)]
    with ThreadPoolExecutor(4) as desks:
        finals = list(desks.map(lambda i: body_of(insured.post(f"/invoices/{i['invoice_id']}/finalize", 1)), drafts))
    assert sorted(split(final)[0] for final in finals) == [0, 0, 5_000, 10_000]


def test_a_person_sets_the_split_of_a_draft_and_takes_it_back(insured: Practice) -> None:
    draft = insured.drafted()
    desk = insured.as_("front_desk")
    by_hand = body_of(desk.put(path(draft), {"insurer_part": money(1_234)}, 1))
    assert (split(by_hand)[0], by_hand["insurance"]["rule"], by_hand["version"]) == (1_234, "by hand", 2)
    assert by_hand["changed_by"]["role"] == "front_desk"
    insured.hears(insured.corrected())
    assert split(insured.until_version(3))[0] == 1_234
    line_id = draft["lines"][1]["line_id"]
    by_line = body_of(desk.put(path(draft), {"lines": [{"line_id": line_id, "insurer_part": money(714)}]}, 3))
    assert [line["insurer_part"] for line in by_line["lines"]] == [NOTHING, money(714)]
    by_plan = body_of(desk.delete(path(draft), 4))
    assert split(by_plan)[0] == INSURER
    assert [event.type for event in insured.events(5)][-3:] == ["invoice-revised"] * 3
    body_of(desk.put(path(draft), {"insurer_part": money(1_234)}, 5))
    final = body_of(insured.post(f"/invoices/{draft['invoice_id']}/finalize", 6))
    assert split(final)[0] == 1_234
    assert refusal(desk.put(path(draft), {"insurer_part": money(1)}, 7)) == (409, "illegal-transition")


def test_what_the_insurer_refuses_the_patient_owes_and_his_credit_pays(insured: Practice) -> None:
    final = insured.finalized()
    insured.hears(insured.payment(PATIENT + 500), insured.payment(INSURER - 2_000, part="insurer"))
    insured.until_balance(1_500)
    version = insured.read()["version"]
    body = {"amount": money(2_000), "reason": "not in the plan"}
    refusals = f"/invoices/{final['invoice_id']}/insurance/refusals"
    assert insured.as_("front_desk").post(refusals, version, body).status_code == 403
    after = body_of(insured.post(refusals, version, body))
    assert split(after) == (INSURER - 2_000, PATIENT + 2_000, INSURER - 2_000, PATIENT + 500)
    assert (after["status"], after["totals"]["due"]) == ("finalized", money(1_500))
    changes = [(event.type, event.body["reason"]) for event in insured.events(after["version"])][-2:]
    assert changes == [("invoice-revised", "not in the plan"), ("invoice-payment-applied", "not in the plan")]
    too_much = insured.post(refusals, after["version"], body)
    assert (refusal(too_much), too_much.json()["field"]) == ((422, "insurer-part-too-large"), "/amount")
    insured.hears(insured.payment(1_500))
    insured.until_balance(0)
    assert insured.read()["status"] == "paid"


def test_who_may_not_or_saw_another_version_does_not_set_a_split(insured: Practice) -> None:
    draft = insured.drafted()
    body = {"insurer_part": money(1)}
    assert insured.as_("auditor").put(path(draft), body, 1).status_code == 403
    assert insured.put(path(draft), body, 9).status_code == 412
    assert insured.put(path(draft), body).status_code == 428
    assert insured.as_("front_desk", "clinic-elsewhere").put(path(draft), body, 1).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"insurer_part": money(GROSS_MINOR + 1)}, "/insurer_part"),
        ({"insurer_part": money(1, "CHF")}, "/insurer_part"),
        ({"lines": [{"line_id": "none", "insurer_part": money(1)}]}, "/lines"),
    ],
    ids=["more than it costs", "another currency", "no such line"],
)
def test_a_split_that_cannot_be_is_refused_with_its_field(insured: Practice, body: Json, field: str) -> None:
    refused = insured.put(path(insured.drafted()), body, 1)
    assert (refused.status_code, refused.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    "plan",
    [
        {"payer_id": "aok"},
        {"payer_id": "aok", "lines": [{"share": {"kind": "percent", "rate": "101"}}]},
        {"payer_id": "aok", "invoice": {"kind": "fixed", "rate": "10"}},
        {"payer_id": "aok", "invoice": {"kind": "percent", "rate": "10"}, "lines": [EIGHTY]},
    ],
    ids=["pays nothing", "more than all", "fixed rate", "both ways"],
)
def test_a_plan_that_says_nothing_clear_is_refused(practice: Practice, plan: Json) -> None:
    answer = practice.put(f"/clinics/{practice.clinic}", sessions.clinic(insurance=[plan]))
    assert answer.status_code == 422
    twice = [{"payer_id": "aok", "invoice": {"kind": "percent", "rate": "10"}}] * 2
    assert practice.put(f"/clinics/{practice.clinic}", sessions.clinic(insurance=twice)).status_code == 422
