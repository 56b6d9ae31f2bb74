"""A session that is corrected after its invoice is final: proposed, and confirmed or rejected by a person."""

from typing import Any

import httpx2

from contracts.topics import INVOICES
from tests.integration.invoicing.practice import GROSS_MINOR, Json, Practice, body_of, money, refusal
from tests.parts.sessions import XRAY, material, procedure
from tests.parts.wire import published

PERIOD = {"from": "2026-11-01", "to": "2026-11-30"}
MORE = [procedure(), procedure(XRAY, 2)]


def decide(practice: Practice, invoice: Json, what: str, body: Any = None, key: str = "") -> httpx2.Response:
    """Of its only proposal."""
    [proposal] = invoice["proposals"]
    path = f"/invoices/{invoice['invoice_id']}/proposals/{proposal['proposal_id']}/{what}"
    headers = {
        **practice._authorization(invoice["version"]),
        "Idempotency-Key": f"{proposal['proposal_id']}-{what}{key}",
    }
    return practice.http.post(path, json=body, headers=headers)


def states(practice: Practice) -> list[str]:
    [only] = body_of(practice.get(f"/clinics/{practice.clinic}/reports/completeness", **PERIOD))["items"]
    return [item["state"] for item in only["items"]]


def read(practice: Practice, invoice_id: str) -> Json:
    return body_of(practice.get(f"/invoices/{invoice_id}"))


def test_another_tooth_costs_nothing_and_waits_until_a_person_took_notice(practice: Practice) -> None:
    final = practice.finalized()
    practice.hears(practice.corrected(procedures=[procedure(tooth="15")]))
    after = practice.until_version(3)
    assert (after["lines"], after["totals"], after["proposals"]) == (final["lines"], final["totals"], [])
    [deviation] = after["deviations"]
    assert (deviation["line_id"], deviation["fields"], deviation["now"]["tooth"]) == ("procedure:p-1", ["tooth"], "15")
    assert (after["problems"], deviation["acknowledged_at"]) == (["session-corrected"], None)
    path, body = f"/invoices/{final['invoice_id']}/deviations/acknowledge", {"reason": "told the insurer"}
    assert refusal(practice.post(path, 2, body)) == (412, "version-stale")
    assert refusal(practice.as_("front_desk").post(path, 3, body)) == (403, "role-missing")
    noticed = body_of(practice.post(path, 3, body))
    [deviation] = noticed["deviations"]
    assert (deviation["acknowledged_by"]["role"], deviation["reason"]) == ("billing_manager", "told the insurer")
    assert (noticed["problems"], noticed["reason"]) == ([], "told the insurer")
    assert refusal(practice.post(path, 4)) == (409, "nothing-to-acknowledge")
    [only] = body_of(practice.get(f"/clinics/{practice.clinic}/reports/completeness", **PERIOD))["items"]
    assert [(item["state"], item["differs"]) for item in only["items"]] == [("billed", ["tooth"]), ("billed", [])]
    assert [event.type for event in published(practice.kafka, INVOICES.name, final["invoice_id"], 4)][2:] == [
        "invoice-revised"
    ] * 2
    assert body_of(practice.get(f"/clinics/{practice.clinic}/revisions/verification"))["intact"]


def test_a_late_correction_is_a_second_invoice_with_the_difference_only_and_the_account_owes_the_sum(
    practice: Practice,
) -> None:
    final = practice.finalized()
    practice.hears(practice.corrected(procedures=MORE), practice.corrected(procedures=MORE))
    asked = practice.until_version(3)
    [proposal] = asked["proposals"]
    assert (proposal["kind"], proposal["amount"], asked["problems"]) == (
        "supplement",
        money(1_800),
        ["session-corrected"],
    )
    assert (asked["lines"], asked["totals"]) == (final["lines"], final["totals"])
    assert states(practice) == ["billed", "billed", "proposed"]
    answer = decide(practice, asked, "confirm")
    draft = body_of(answer, 201)
    again = decide(practice, asked, "confirm")
    assert (body_of(again, 201), again.headers["Idempotency-Replayed"]) == (draft, "true")
    assert answer.headers["Location"] == f"/invoices/{draft['invoice_id']}"
    assert (draft["status"], draft["supplement_to"], draft["version"]) == ("draft", final["invoice_id"], 1)
    assert [(line["code"], line["net"]) for line in draft["lines"]] == [(XRAY, money(1_800))]
    after = practice.read()
    assert (after["version"], after["problems"], after["proposals"]) == (4, [], [])
    assert [(d["outcome"], d["made"]) for d in after["decisions"]] == [("confirmed", draft["invoice_id"])]
    assert states(practice) == ["billed", "billed", "drafted"]
    second = body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1))
    assert (second["status"], second["number"] != final["number"]) == ("finalized", True)
    practice.until_balance(GROSS_MINOR + 1_800)
    assert states(practice) == ["billed"] * 3
    assert [event.type for event in published(practice.kafka, INVOICES.name, draft["invoice_id"], 2)] == [
        "invoice-drafted",
        "invoice-finalized",
    ]
    practice.hears(practice.corrected(version=3, procedures=MORE))
    assert practice.until_version(5)["proposals"] == [], "never twice"


def test_a_session_that_is_voided_after_a_part_payment_is_credited_and_leaves_credit(practice: Practice) -> None:
    practice.finalized()
    practice.hears(practice.payment(5_000))
    practice.until_version(3)
    practice.hears(practice.voided())
    asked = practice.until_version(4)
    assert [(p["kind"], p["amount"]) for p in asked["proposals"]] == [("credit", money(GROSS_MINOR))]
    note = body_of(decide(practice, asked, "confirm", {"reason": "noted twice"}), 201)
    assert (note["amount"], note["reason"]) == (money(GROSS_MINOR), "noted twice")
    after = practice.read()
    assert (after["status"], after["problems"], after["credit_notes"][0]["number"]) == ("credited", [], note["number"])
    [balance] = practice.until_balance(-5_000)["balances"]
    assert (balance["open"], balance["credit"]) == (money(0), money(5_000))
    assert states(practice) == ["session-voided"] * 2


def test_what_is_less_is_credited_by_line_and_further_words_replace_what_is_pending(practice: Practice) -> None:
    practice.finalized(procedures=MORE)
    practice.hears(practice.corrected(materials=[]))
    first = practice.until_version(3)
    assert [(p["kind"], p["amount"]) for p in first["proposals"]] == [("credit", money(1_800 + 714))]
    practice.hears(practice.corrected(version=3, materials=[material(quantity="0.25")]))
    newest = practice.until_version(4)
    [proposal] = newest["proposals"]
    assert (proposal["kind"], proposal["amount"]) == ("credit", money(1_800 + 357))
    assert refusal(decide(practice, first, "confirm")) == (412, "version-stale")
    old = {**newest, "proposals": first["proposals"]}
    assert refusal(decide(practice, old, "confirm")) == (404, "proposal-unknown")
    note = body_of(decide(practice, newest, "confirm"), 201)
    assert [(line["code"], line["quantity"]) for line in note["lines"]] == [(XRAY, "1"), ("COMP-A2", "0.25")]
    practice.until_balance(GROSS_MINOR - 357)


def test_what_is_rejected_goes_with_who_and_why_and_is_asked_again_when_the_session_says_more(
    practice: Practice,
) -> None:
    practice.finalized()
    practice.hears(practice.corrected(procedures=MORE))
    asked = practice.until_version(3)
    assert refusal(decide(practice.as_("front_desk"), asked, "reject", {"reason": "x"})) == (403, "role-missing")
    assert refusal(decide(practice, asked, "reject", {}, key="-2")) == (422, "invalid-request")
    stranger = practice.as_("billing_manager", "clinic-elsewhere")
    assert refusal(decide(stranger, asked, "confirm", key="-3")) == (404, "invoice-unknown")
    after = body_of(decide(practice, asked, "reject", {"reason": "within the guarantee"}, key="-4"))
    assert (after["version"], after["problems"], after["proposals"]) == (4, [], [])
    [decision] = after["decisions"]
    assert (decision["outcome"], decision["reason"]) == ("rejected", "within the guarantee")
    assert states(practice) == ["billed", "billed", "rejected"]
    practice.hears(practice.corrected(version=3, procedures=MORE))
    assert practice.until_version(5)["proposals"] == []
    practice.hears(practice.corrected(version=4, procedures=[procedure(), procedure(XRAY, 2, quantity="2")]))
    assert [p["amount"] for p in practice.until_version(6)["proposals"]] == [money(3_600)]


def test_a_supplement_that_is_a_draft_still_follows_the_session_and_falls_with_it(practice: Practice) -> None:
    practice.finalized()
    practice.hears(practice.corrected(procedures=MORE))
    draft = body_of(decide(practice, practice.until_version(3), "confirm"), 201)
    practice.hears(practice.corrected(version=3, procedures=[*MORE, procedure("D2740", 3)]))
    practice.until_version(5)
    more = read(practice, draft["invoice_id"])
    assert ([line["code"] for line in more["lines"]], more["version"]) == ([XRAY, "D2740"], 2)
    practice.hears(practice.voided(version=4))
    asked = practice.until_version(6)
    assert [p["amount"] for p in asked["proposals"]] == [money(GROSS_MINOR)]
    assert read(practice, draft["invoice_id"])["status"] == "void"
    refused = practice.post(f"/invoices/{draft['invoice_id']}/finalize", 3)
    assert refusal(refused) == (409, "illegal-transition")
