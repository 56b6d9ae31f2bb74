"""The clinical system takes back what it said: before finalizing the draft follows, after it a person has to look."""

import pytest
from pymongo import MongoClient

from tests.integration.invoicing.practice import GROSS_MINOR, Json, Practice, body_of, money, refusal
from tests.parts.sessions import material, procedure


def test_a_correction_before_finalizing_replaces_the_draft_and_keeps_its_note(practice: Practice) -> None:
    draft = practice.drafted()
    body_of(practice.patch(f"/invoices/{draft['invoice_id']}", {"note": "pays on Friday"}, 1))
    practice.hears(practice.corrected(procedures=[procedure(), procedure("D0220", 2)], materials=[]))
    after = practice.until_version(3)
    assert [line["code"] for line in after["lines"]] == ["D2391", "D0220"]
    assert (after["status"], after["note"], after["session_version"]) == ("draft", "pays on Friday", 2)
    assert after["totals"]["gross"] == money(14_300)
    assert [event.type for event in practice.events(3)] == ["invoice-drafted", "invoice-revised", "invoice-revised"]


def test_a_correction_after_finalizing_changes_no_content_and_marks_the_invoice(practice: Practice) -> None:
    final = practice.finalized()
    practice.hears(practice.corrected(materials=[]))
    marked = practice.until_version(3)
    assert (marked["problems"], marked["session_version"]) == (["session-corrected"], 2)
    changed = {"version", "problems", "proposals", "session_version", "changed_at", "changed_by"}
    assert {name for name in final if final[name] != marked[name]} == changed
    practice.hears(practice.payment(GROSS_MINOR))
    assert practice.until_version(4)["status"] == "paid"


def test_a_session_that_is_voided_before_finalizing_voids_its_draft(practice: Practice) -> None:
    draft = practice.drafted()
    practice.hears(practice.voided())
    void = practice.until_version(2)
    assert (void["status"], void["reason"], void["session_version"]) == ("void", "noted twice", 2)
    refused = practice.post(f"/invoices/{draft['invoice_id']}/finalize", 2)
    assert refusal(refused) == (409, "illegal-transition")
    assert [event.type for event in practice.events(2)] == ["invoice-drafted", "invoice-voided"]


def test_a_session_that_was_voided_by_mistake_is_billed_once_it_is_completed_again(practice: Practice) -> None:
    draft = practice.drafted()
    practice.hears(practice.payment(GROSS_MINOR))
    practice.until_balance(-GROSS_MINOR)
    practice.finalized("ses-2")
    practice.hears(practice.voided())
    practice.until_balance(0)
    practice.hears(practice.session(version=3))
    again = practice.until_version(3)
    assert (again["status"], again["session_version"], again["voided_at"], again["voided_by"]) == (
        *("draft", 3, None, None),
    )
    practice.until_balance(0)
    assert practice.read("ses-2")["status"] == "finalized", "the money waits for the session that it was paid for"
    final = body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 3))
    assert (final["status"], final["totals"]["due"]) == ("paid", money(0))


def test_a_session_that_is_voided_after_finalizing_marks_its_invoice(practice: Practice) -> None:
    practice.finalized()
    practice.hears(practice.voided())
    marked = practice.until_version(3)
    assert (marked["status"], marked["problems"]) == ("finalized", ["session-voided"])
    assert practice.events(3)[-1].type == "invoice-revised"


def test_a_session_that_is_voided_before_it_is_known_never_becomes_a_draft(practice: Practice) -> None:
    practice.hears(practice.voided(version=3), practice.session(version=2), practice.session("ses-2"))
    practice.until_version(1, "ses-2")
    assert refusal(practice.get(f"/invoices/{practice.invoice_id()}")) == (404, "invoice-unknown")
    practice.hears(practice.corrected(version=4))
    assert practice.until_version(1)["session_version"] == 4


def test_a_draft_whose_session_was_voided_in_another_process_meanwhile_is_not_finalized(
    practice: Practice, settings: dict[str, str]
) -> None:
    """Without a patient, the voiding is on another partition than the session: both may be handled at once, and then
    the one does not see the draft, nor the other the voiding."""
    draft = practice.drafted()
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        voided = client[settings["MONGO_DATABASE"]]["voided_sessions"]
        voided.insert_one({"_id": draft["invoice_id"], "version": 2})
    refused = practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1)
    assert refusal(refused) == (409, "session-voided")
    practice.hears(practice.corrected(version=3))
    practice.until_version(2)
    body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 2))


def test_what_comes_out_of_order_ends_as_the_newest_version_says(practice: Practice) -> None:
    newest = practice.corrected(version=3, materials=[material(quantity="2")])
    practice.hears(newest, practice.corrected(version=2, materials=[]), practice.session(), practice.session("ses-2"))
    practice.until_version(1, "ses-2")
    only = practice.read()
    assert (only["version"], only["session_version"]) == (1, 3)
    assert [line["quantity"] for line in only["lines"]] == ["1", "2"]


def test_a_voiding_that_is_older_than_the_draft_is_ignored(practice: Practice) -> None:
    practice.hears(practice.session(version=5), practice.voided(version=4), practice.session("ses-2"))
    practice.until_version(1, "ses-2")
    assert practice.read()["status"] == "draft"


def test_a_session_whose_invoice_a_person_voided_may_be_voided_as_well(practice: Practice) -> None:
    draft = practice.drafted()
    body_of(practice.post(f"/invoices/{draft['invoice_id']}/void", 1, {"reason": "wrong patient"}))
    practice.hears(practice.voided(), practice.voided(version=3), practice.session("ses-2"))
    practice.until_version(1, "ses-2")
    practice.hears(practice.session("ses-3"))
    practice.until_version(1, "ses-3")
    assert practice.read()["version"] == 2


def test_a_correction_of_what_a_person_voided_waits_for_a_person_and_is_no_dead_letter(practice: Practice) -> None:
    draft = practice.drafted()
    body_of(practice.post(f"/invoices/{draft['invoice_id']}/void", 1, {"reason": "wrong patient"}))
    practice.hears(practice.corrected(materials=[]))
    asked = practice.until_version(3)
    assert (asked["status"], asked["problems"], asked["reason"]) == ("void", ["session-corrected"], "wrong patient")
    [proposal] = asked["proposals"]
    path = f"/invoices/{asked['invoice_id']}/proposals/{proposal['proposal_id']}/confirm"
    headers = {**practice._authorization(3), "Idempotency-Key": proposal["proposal_id"]}
    bill = body_of(practice.http.post(path, headers=headers), 201)
    assert (bill["status"], bill["supplement_to"], bill["totals"]["gross"]) == (
        "draft",
        asked["invoice_id"],
        proposal["amount"],
    )
    assert body_of(practice.post(f"/invoices/{bill['invoice_id']}/finalize", 1))["status"] == "finalized"
    practice.until_balance(proposal["amount"]["amount_minor"])


@pytest.mark.parametrize("changes", [{"patient": {"patient_id": "pat-78"}}, {"provider": {"provider_id": "doc-9"}}])
def test_a_correction_may_change_who_was_treated_and_by_whom(practice: Practice, changes: Json) -> None:
    practice.drafted()
    practice.hears(practice.corrected(**changes))
    after = practice.until_version(2)
    assert (after["patient_id"], after["buyer"]["patient_id"]) == (after["buyer"]["patient_id"], after["patient_id"])
    assert after["patient_id"] == ("pat-78" if "patient" in changes else "pat-77")
    assert (after["provider"] or {}).get("provider_id") == ("doc-9" if "provider" in changes else None)
