"""Discounts over HTTP: a policy and its history, families, grants, and a second person."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.invoicing.practice import GROSS_MINOR, Json, Practice, body_of, money, refusal
from tests.integration.invoicing.test_closing import send
from tests.parts.sessions import FILLING, item, prices, procedure

pytestmark = pytest.mark.any_broker

FAMILY = {"discount_id": "family", "name": "Family", "given": "family", "kind": "percent", "rate": "10"}
GIFT = {
    "discount_id": "gift",
    "name": "Birthday",
    "given": "by-hand",
    "kind": "fixed",
    "scope": "invoice",
    "amount": money(500),
}
LIMITS = [{"role": "front_desk", "rate": "5"}, {"role": "billing_manager", "rate": "50"}]
POLICY = {"discounts": [FAMILY, GIFT], "limits": LIMITS}
ONE_FILLING: Json = {"procedures": [procedure()], "materials": []}


@dataclass
class Person(Practice):
    """Somebody with a name of his own in the token."""

    sub: str = ""

    def _authorization(self, version: int | None = None) -> dict[str, str]:
        token = self.issuer.mint(self.role, self.clinic, sub=self.sub)
        match = {} if version is None else {"If-Match": f'"{version}"'}
        return {"Authorization": f"Bearer {token}", **match}


def person(practice: Practice, sub: str, role: str) -> Person:
    return Person(practice.http, practice.kafka, practice.issuer, practice.clinic, role, sub=sub)


def with_policy(practice: Practice, **changes: Any) -> Practice:
    body_of(practice.put(f"/clinics/{practice.clinic}/discount-policy", {**POLICY, **changes}))
    return practice


def of(draft: Json, what: str) -> str:
    return f"/invoices/{draft['invoice_id']}/{what}"


def due(draft: Json) -> int:
    return int(draft["totals"]["due"]["amount_minor"])


def test_a_policy_is_kept_whole_with_its_history_and_proved(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}/discount-policy"
    assert refusal(practice.get(path)) == (404, "discount-policy-unknown")
    first = body_of(practice.put(path, {**POLICY, "reason": "from January"}))
    assert (first["version"], first["discounts"][0]["discount_id"], first["limits"][0]["rate"]) == (1, "family", "5")
    second = body_of(practice.put(path, {"discounts": [GIFT]}))
    assert body_of(practice.get(path)) == second
    revisions = body_of(practice.get(f"{path}/revisions"))["items"]
    assert [(event["version"], event["reason"]) for event in revisions] == [(1, "from January"), (2, None)]
    assert refusal(practice.put(path, {"discounts": [GIFT, GIFT]})) == (422, "discount-twice")
    assert refusal(practice.as_("front_desk").put(path, POLICY)) == (403, "role-missing")
    assert practice.as_("billing_manager", "clinic-elsewhere").get(path).status_code == 404
    members = f"/clinics/{practice.clinic}/families/fam-1"
    body_of(practice.put(members, {"patient_ids": ["pat-1", "pat-2"], "reason": "moved in"}))
    assert body_of(practice.get(f"{members}/revisions"))["items"][0]["reason"] == "moved in"
    taken = practice.put(f"/clinics/{practice.clinic}/families/fam-2", {"patient_ids": ["pat-2", "pat-3"]})
    assert (refusal(taken), taken.json()["field"]) == ((422, "family-taken"), "/patient_ids")
    proof = body_of(practice.get(f"/clinics/{practice.clinic}/revisions/verification"))
    assert (proof["intact"], proof["documents"]) == (True, 4)


def test_of_families_registered_at_once_one_gets_the_patient_they_share(practice: Practice) -> None:
    path, crowd = f"/clinics/{practice.clinic}/families", range(6)

    def put(n: int) -> int:
        return practice.put(f"{path}/fam-{n}", {"patient_ids": ["pat-shared", f"pat-{n}"]}).status_code

    with ThreadPoolExecutor(len(crowd)) as desks:
        assert sorted(desks.map(put, crowd)) == [200, *[422] * (len(crowd) - 1)]
    there = [answer for answer in (practice.get(f"{path}/fam-{n}") for n in crowd) if answer.status_code == 200]
    assert len(there) == 1
    dissolved = put_members(practice, there[0].json()["family_id"])
    assert (dissolved["patient_ids"], dissolved["version"]) == ([], 2)
    assert put_members(practice, "fam-new", "pat-shared")["version"] == 1


def test_the_desk_finds_the_family_of_a_patient(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}/families"
    families = [put_members(practice, f"fam-{n}", f"pat-{n}", f"pat-{n}{n}") for n in (1, 2)]
    assert body_of(practice.get(path))["items"] == families
    assert body_of(practice.get(path, patient_id="pat-22"))["items"] == families[1:]
    assert body_of(practice.get(path, patient_id="pat-3")) == {"items": [], "next_cursor": None}


def put_members(practice: Practice, family_id: str, *patient_ids: str) -> Json:
    return body_of(practice.put(f"/clinics/{practice.clinic}/families/{family_id}", {"patient_ids": patient_ids}))


def test_a_member_of_a_family_gets_its_discount_by_itself(practice: Practice) -> None:
    with_policy(practice)
    body_of(practice.put(f"/clinics/{practice.clinic}/families/fam-1", {"patient_ids": ["pat-77", "pat-78"]}))
    mine = practice.drafted("ses-1", **ONE_FILLING)
    [taken] = mine["lines"][0]["discounts"]
    assert (taken["discount_id"], taken["automatic"], taken["amount"]) == ("family", True, money(1_250))
    assert (mine["totals"]["discounts"], due(mine)) == (money(1_250), 11_250)
    alone = practice.drafted("ses-2", patient={"patient_id": "pat-9"}, **ONE_FILLING)
    assert (alone["totals"]["discounts"], due(alone)) == (None, 12_500)


def test_a_draft_is_priced_by_a_new_policy_when_it_changes(practice: Practice) -> None:
    draft = practice.drafted(**ONE_FILLING)
    with_policy(practice, discounts=[{**FAMILY, "given": "everybody"}])
    assert due(practice.read()) == due(draft) == 12_500
    noted = body_of(practice.patch(f"/invoices/{draft['invoice_id']}", {"note": "x"}, 1))
    assert due(noted) == 11_250


def test_a_grant_above_the_limit_waits_for_a_second_person(practice: Practice) -> None:
    with_policy(practice)
    draft = practice.drafted(**ONE_FILLING)
    desk = person(practice, "usr-desk", "front_desk")
    path = of(draft, "discounts")
    small = body_of(send(desk, path, 1, {"discount_id": "gift", "reason": "birthday"}))
    assert (due(small), small["discounts"][0]["named"], small["problems"]) == (12_000, "gift", [])
    again = send(desk, path, 1, {"discount_id": "gift", "reason": "birthday"})
    assert (body_of(again), again.headers["Idempotency-Replayed"]) == (small, "true")
    free = {"name": "Goodwill", "rate": "20", "reason": "waited", "line_id": "procedure:p-1"}
    asked = body_of(send(desk, path, 2, free, "k-2"))
    assert (due(asked), asked["problems"]) == (12_000, ["awaits-approval"])
    manager = person(practice, "usr-boss", "billing_manager")
    assert refusal(manager.post(of(draft, "finalize"), 3)) == (409, "awaits-approval")
    [request] = asked["discount_requests"]
    decide = f"{path}/{request['discount_id']}"
    same = person(practice, "usr-desk", "billing_manager")
    assert refusal(same.post(f"{decide}/approve", 3)) == (403, "maker-is-checker")
    assert refusal(desk.post(f"{decide}/approve", 3)) == (403, "role-missing")
    assert refusal(manager.post(f"{decide}/approve", 1)) == (412, "version-stale")
    agreed = body_of(manager.post(f"{decide}/approve", 3))
    assert (due(agreed), agreed["discounts"][1]["approved_by"]["actor_id"]) == (9_500, "usr-boss")
    final = body_of(manager.post(of(draft, "finalize"), 4))
    assert (final["status"], due(final), final["totals"]["discounts"]) == ("finalized", 9_500, money(3_000))
    assert refusal(send(desk, path, 5, free, "k-3")) == (409, "illegal-transition")


def test_a_waiver_above_the_limit_takes_a_second_person(practice: Practice) -> None:
    with_policy(practice, limits=[{"role": "billing_manager", "amount": money(1_000)}])
    draft = practice.drafted()
    maker, checker = person(practice, "usr-1", "billing_manager"), person(practice, "usr-2", "billing_manager")
    paste, filling = of(draft, "lines/material:m-1"), of(draft, "lines/procedure:p-1")
    alone = body_of(maker.put(f"{paste}/waiver", {"reason": "our own repair"}, 1))
    assert (alone["problems"], alone["lines"][1]["waiver"]["before"]) == ([], money(1_200))
    asked = body_of(maker.put(f"{filling}/waiver", {"reason": "our own repair"}, 2))
    assert (asked["problems"], asked["lines"][0]["waiver"]["awaits_approval"]) == (["awaits-approval"], True)
    assert refusal(maker.post(of(draft, "finalize"), 3)) == (409, "awaits-approval")
    assert refusal(maker.post(f"{filling}/waiver/approve", 3)) == (403, "maker-is-checker")
    assert refusal(checker.post(f"{filling}/waiver/approve", 3)) == (403, "above-limit")
    assert refusal(checker.post(f"{filling}/price/approve", 3)) == (409, "nothing-to-approve")
    assert refusal(practice.as_("front_desk").post(f"{filling}/waiver/approve", 3)) == (403, "role-missing")
    back = body_of(checker.post(f"{filling}/waiver/reject", 3, {"reason": "warranty is over"}))
    assert (back["problems"], back["lines"][0]["waiver"], back["reason"]) == ([], None, "warranty is over")
    with_policy(
        practice, limits=[{"role": "billing_manager", "amount": money(1_000)}, {"role": "front_desk", "rate": "0"}]
    )
    again = body_of(maker.put(f"{filling}/waiver", {"reason": "our own repair"}, 4))
    assert again["problems"] == ["awaits-approval"]
    with_policy(practice, limits=[])
    agreed = body_of(checker.post(f"{filling}/waiver/approve", 5))
    assert (agreed["problems"], agreed["lines"][0]["waiver"]["approved_by"]["actor_id"]) == ([], "usr-2")
    assert body_of(checker.post(of(draft, "finalize"), 6))["status"] == "paid"


def test_who_is_to_decide_finds_what_waits_for_him(practice: Practice) -> None:
    with_policy(practice)
    drafts = [practice.drafted(f"ses-{n}", **ONE_FILLING) for n in range(3)]
    practice.drafted("ses-9", procedures=[procedure("D9999")], materials=[])
    desk, manager = person(practice, "usr-desk", "front_desk"), person(practice, "usr-boss", "billing_manager")
    for n, draft in enumerate(drafts[:2]):
        body_of(send(desk, of(draft, "discounts"), 1, {"name": "Waited", "rate": "20", "reason": "x"}, f"k-{n}"))

    def waiting(problem: str, **more: str) -> list[Json]:
        found: list[Json] = body_of(manager.get("/invoices", problem=problem, **more))["items"]
        return found

    assert [draft["session_id"] for draft in waiting("awaits-approval", clinic_id=practice.clinic)] == [
        "ses-1",
        "ses-0",
    ]
    assert [draft["session_id"] for draft in waiting("unpriced", status="draft")] == ["ses-9"]
    asked = waiting("awaits-approval", patient_id="pat-77")[0]["discount_requests"][0]["discount_id"]
    body_of(manager.post(of(drafts[1], f"discounts/{asked}/approve"), 2))
    assert [draft["session_id"] for draft in waiting("awaits-approval")] == ["ses-0"]
    assert manager.get("/invoices", problem="nobody").json()["field"] == "problem"


def test_a_grant_that_is_too_much_of_what_a_correction_left_is_asked_again(practice: Practice) -> None:
    with_policy(practice)
    draft = practice.drafted(procedures=[procedure(), procedure(FILLING, 2)], materials=[])
    desk, manager = person(practice, "usr-desk", "front_desk"), person(practice, "usr-boss", "billing_manager")
    granted = body_of(send(desk, of(draft, "discounts"), 1, {"name": "Waited", "amount": money(1_000), "reason": "x"}))
    assert (granted["problems"], due(granted)) == ([], 24_000)
    practice.hears(practice.corrected(procedures=[procedure()], materials=[]))
    less = practice.until_version(3)
    assert (less["problems"], less["discounts"], due(less)) == (["awaits-approval"], [], 12_500)
    asked = less["discount_requests"][0]["discount_id"]
    agreed = body_of(manager.post(of(draft, f"discounts/{asked}/approve"), 3))
    assert (agreed["problems"], due(agreed)) == ([], 11_500)


def test_requests_are_rejected_and_withdrawn_and_grants_taken_off(practice: Practice) -> None:
    with_policy(practice)
    draft = practice.drafted(**ONE_FILLING)
    desk, manager = person(practice, "usr-desk", "front_desk"), person(practice, "usr-boss", "billing_manager")
    path = of(draft, "discounts")
    much = {"name": "Goodwill", "amount": money(5_000), "reason": "waited"}
    first = body_of(send(desk, path, 1, much))["discount_requests"][0]["discount_id"]
    assert refusal(manager.post(f"{path}/{first}/withdraw", 2)) == (403, "not-the-maker")
    assert body_of(desk.post(f"{path}/{first}/withdraw", 2))["problems"] == []
    second = body_of(send(desk, path, 3, much, "k-2"))["discount_requests"][0]["discount_id"]
    gone = body_of(manager.post(f"{path}/{second}/reject", 4, {"reason": "too much"}))
    assert (gone["discount_requests"], gone["reason"]) == ([], "too much")
    granted = body_of(send(desk, path, 5, {"discount_id": "gift", "reason": "x"}, "k-3"))
    off = body_of(desk.delete(f"{path}/{granted['discounts'][0]['discount_id']}", 6))
    assert (off["discounts"], due(off)) == ([], 12_500)
    assert refusal(desk.delete(f"{path}/{first}", 7)) == (404, "discount-unknown")


def test_a_price_by_hand_far_below_the_list_needs_a_second_manager(practice: Practice) -> None:
    with_policy(practice)
    draft = practice.drafted(**ONE_FILLING)
    maker, checker = (person(practice, f"usr-{n}", "billing_manager") for n in (1, 2))
    path = of(draft, "lines/procedure:p-1/price")
    cheap = body_of(maker.put(path, {"unit_price": money(6_000), "reason": "kin"}, 1))
    assert (cheap["problems"], cheap["lines"][0]["override"]["awaits_approval"]) == (["awaits-approval"], True)
    assert refusal(maker.post(f"{path}/approve", 2)) == (403, "maker-is-checker")
    assert refusal(checker.post(f"{path}/approve", 2)) == (403, "above-limit")
    back = body_of(checker.post(f"{path}/reject", 2, {"reason": "no"}))
    assert (back["problems"], due(back)) == ([], 12_500)
    body_of(maker.put(path, {"unit_price": money(6_000), "reason": "kin"}, 3))
    with_policy(practice, limits=[])
    agreed = body_of(checker.post(f"{path}/approve", 4))
    override = agreed["lines"][0]["override"]
    assert (override["by"]["actor_id"], override["approved_by"]["actor_id"]) == ("usr-1", "usr-2")
    assert body_of(checker.post(of(draft, "finalize"), 5))["status"] == "finalized"


def test_a_correction_keeps_a_grant_and_a_full_discount_is_paid_at_once(practice: Practice) -> None:
    draft = practice.drafted(**ONE_FILLING)
    manager = person(practice, "usr-boss", "billing_manager")
    body_of(send(manager, of(draft, "discounts"), 1, {"name": "Guarantee", "rate": "100", "reason": "redone"}))
    practice.hears(practice.corrected(procedures=[procedure(quantity="2")], materials=[]))
    after = practice.until_version(3)
    assert (after["totals"]["discounts"], due(after)) == (money(25_000), 0)
    final = body_of(manager.post(of(draft, "finalize"), 3))
    assert (final["status"], final["number"] is not None) == ("paid", True)
    assert practice.balance()["balances"][0]["balance"] == money(0)


def test_a_discounted_invoice_of_gross_prices_is_credited_in_parts_to_nothing(practice: Practice) -> None:
    taxed = item(FILLING, 9_999, tax_category="S", tax_rate="19", exemption_reason=None)
    body_of(practice.put(f"/clinics/{practice.clinic}/price-lists/standard", prices(taxed, basis="gross")))
    with_policy(practice, discounts=[{**FAMILY, "given": "everybody", "rate": "3.3"}])
    final = practice.finalized(procedures=[procedure(nth=n) for n in range(3)], materials=[])
    assert due(final) == 3 * (9_999 - 330)
    path = of(final, "credit-notes")
    part = {"reason": "x", "lines": [{"line_id": "procedure:p-1", "net_minor": 1_001}]}
    first = body_of(send(practice, path, 2, part), 201)
    rest = body_of(send(practice, path, 3, {"reason": "x"}, "k-2"), 201)
    assert first["amount"]["amount_minor"] + rest["amount"]["amount_minor"] == due(final)
    assert practice.read()["status"] == "credited"


def test_what_makes_no_sense_is_named(practice: Practice) -> None:
    draft = practice.drafted(**ONE_FILLING)
    path = of(draft, "discounts")
    for body in (
        {"reason": "x"},
        {"reason": "x", "name": "n"},
        {"reason": "x", "name": "n", "rate": "5", "amount": money(1)},
        {"reason": "x", "discount_id": "gift", "rate": "5"},
        {"name": "n", "rate": "5"},
        {"reason": "x", "name": "n", "rate": "-5"},
    ):
        assert send(practice, path, 1, body).status_code == 422, body
    assert refusal(practice.post(path, 1, {"reason": "x", "name": "n", "rate": "5"})) == (
        400,
        "idempotency-key-missing",
    )


def test_who_pays_the_reduced_amount_in_time_gets_a_credit_note_for_the_rest(practice: Practice) -> None:
    skonto = {
        "discount_id": "skonto",
        "name": "Prompt payment",
        "given": "prompt-payment",
        "kind": "percent",
        "rate": "2",
        "scope": "invoice",
        "days": 7,
    }
    with_policy(practice, discounts=[skonto])
    final = practice.finalized()
    offer = final["prompt_payment"]
    assert (offer["reduction"], offer["amount"]) == (money(250 + 12 + 2), money(GROSS_MINOR - 264))
    today = datetime.now(UTC)
    practice.hears(practice.payment(offer["amount"]["amount_minor"], received_at=today))
    paid = practice.until_version(4)
    assert (paid["status"], due(paid), paid["totals"]["credited"]) == ("paid", 0, money(264))
    assert paid["lines"] == final["lines"]
    [note] = practice.get(of(final, "credit-notes")).json()
    assert (note["amount"], note["changed_by"]["role"], note["reason"][:14]) == (money(264), "system", "Prompt payment")
    assert [event.type for event in practice.events(4)][-2:] == ["invoice-payment-applied", "invoice-paid"]
    practice.until_balance(0)
    second = practice.finalized("ses-2")
    late = practice.payment(
        second["prompt_payment"]["amount"]["amount_minor"], "ses-2", received_at=today + timedelta(8)
    )
    practice.hears(late)
    assert due(practice.until_version(3, "ses-2")) == 264
    practice.until_balance(264)
    proof = body_of(practice.get(f"/clinics/{practice.clinic}/revisions/verification"))
    assert proof["intact"]
