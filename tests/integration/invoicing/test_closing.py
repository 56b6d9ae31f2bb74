"""Credit notes, writing off and instalments over HTTP, with what is told of them."""

from typing import Any

import httpx2
import pytest

from contracts.invoicing import CreditNoteIssued
from contracts.topics import INVOICES
from tests.integration.invoicing.practice import GROSS_MINOR, Json, Practice, body_of, money, refusal
from tests.parts.sessions import clinic
from tests.parts.wire import published

pytestmark = pytest.mark.any_broker

REASON = {"reason": "guarantee"}


def send(practice: Practice, path: str, version: int, body: Any, key: str = "k-1") -> httpx2.Response:
    headers = {**practice._authorization(version), "Idempotency-Key": f"{practice.clinic}-{key}"}
    return practice.http.post(path, json=body, headers=headers)


def path_of(invoice: Json, what: str) -> str:
    return f"/invoices/{invoice['invoice_id']}/{what}"


def test_a_credit_note_is_issued_once_told_and_taken_off_the_account(practice: Practice) -> None:
    final = practice.finalized()
    path = path_of(final, "credit-notes")
    body = {**REASON, "lines": [{"line_id": "material:m-1"}]}
    answer = send(practice, path, 2, body)
    note = body_of(answer, 201)
    again = send(practice, path, 2, body)
    assert (body_of(again, 201), again.headers["Idempotency-Replayed"]) == (note, "true")
    assert (note["number"], note["amount"], note["reason"]) == (
        f"{practice.clinic}-CN-{note['issued_on'][:4]}-000001",
        money(714),
        "guarantee",
    )
    assert body_of(practice.get(answer.headers["Location"])) == note
    assert practice.get(path).json() == [note]
    after = practice.read()
    assert (after["version"], after["totals"]["due"], after["status"]) == (3, money(12_500), "finalized")
    assert practice.until_balance(12_500)["balances"][0]["credited"] == money(714)
    rest = body_of(send(practice, path, 3, REASON, "k-2"), 201)
    assert (rest["number"][-6:], rest["amount"], practice.read()["status"]) == ("000002", money(12_500), "credited")
    assert refusal(send(practice, path, 4, REASON, "k-3")) == (409, "illegal-transition")
    [event] = published(practice.kafka, INVOICES.name, note["credit_note_id"], 1)
    assert (event.type, event.body) == ("credit-note-issued", note)
    assert CreditNoteIssued.model_validate(event.body).key == f"{practice.clinic}/pat-77"
    stranger = practice.as_("billing_manager", "clinic-elsewhere")
    for where in (answer.headers["Location"], path):
        assert stranger.get(where).status_code == 404


def test_a_paid_invoice_that_is_credited_leaves_credit_on_the_account(practice: Practice) -> None:
    final = practice.finalized()
    practice.hears(practice.payment(GROSS_MINOR))
    practice.until_version(3)
    body_of(send(practice, path_of(final, "credit-notes"), 3, REASON), 201)
    assert practice.read()["status"] == "credited"
    [balance] = practice.until_balance(-GROSS_MINOR)["balances"]
    assert (balance["open"], balance["credit"]) == (money(0), money(GROSS_MINOR))


def test_who_is_refused_takes_no_number_of_the_credit_notes(practice: Practice) -> None:
    final = practice.finalized()
    path = path_of(final, "credit-notes")
    much = {**REASON, "lines": [{"line_id": "procedure:p-1", "net_minor": 12_501}]}
    assert refusal(send(practice, path, 2, much)) == (422, "more-than-left")
    assert refusal(send(practice, path, 9, REASON)) == (412, "version-stale")
    assert refusal(practice.post(path, 2, REASON)) == (400, "idempotency-key-missing")
    assert refusal(send(practice.as_("front_desk"), path, 2, REASON)) == (403, "role-missing")
    assert body_of(send(practice, path, 2, REASON, "k-2"), 201)["number"].endswith("000001")


def test_a_clinic_numbers_its_credit_notes_as_it_likes_but_not_as_its_invoices(practice: Practice) -> None:
    place = f"/clinics/{practice.clinic}"
    same = practice.put(place, clinic(number_format="R{yyyy}/{seq}", credit_note_format="R{yyyy}/{seq}"))
    assert (refusal(same), same.json()["field"]) == ((422, "number-format"), "/credit_note_format")
    wide = clinic(number_format="{clinic}-{yyyy}/{seq}", credit_note_format=practice.clinic + "-{yyyy}/{seq:04d}")
    assert refusal(practice.put(place, wide)) == (422, "number-format"), "both write 2026/1234"
    body_of(practice.put(place, clinic(credit_note_format="G{yyyy}/{seq:03d}")))
    swapped = practice.put(place, clinic(number_format="G{yyyy}/{seq}", credit_note_format="H{yyyy}/{seq}"))
    assert (refusal(swapped), swapped.json()["field"]) == ((422, "number-format"), "/number_format")
    final = practice.finalized()
    note = body_of(send(practice, path_of(final, "credit-notes"), 2, REASON), 201)
    assert note["number"] == f"G{note['issued_on'][:4]}/001"


def test_what_nobody_will_pay_is_written_off_and_owed_no_more(practice: Practice) -> None:
    final = practice.finalized()
    path = path_of(final, "write-off")
    assert refusal(send(practice.as_("front_desk"), path, 2, REASON)) == (403, "role-missing")
    gone = body_of(send(practice, path, 2, {"reason": "moved away"}))
    assert (gone["status"], gone["totals"]["due"], gone["write_off"]["amount"]) == (
        "written_off",
        money(0),
        money(GROSS_MINOR),
    )
    assert body_of(send(practice, path, 2, {"reason": "moved away"})) == gone
    practice.until_balance(0)
    practice.hears(practice.payment(GROSS_MINOR))
    late = practice.until_version(4)
    assert (late["status"], late["totals"]["written_off"]) == ("paid", money(0))
    practice.until_balance(0)


def test_instalments_are_planned_on_a_draft_and_again_on_the_invoice(practice: Practice) -> None:
    draft = practice.drafted()
    path = path_of(draft, "instalments")

    def put(version: int, *parts: tuple[str, int]) -> httpx2.Response:
        body = {"instalments": [{"due_on": due_on, "amount_minor": minor} for due_on, minor in parts]}
        return practice.http.put(path, json=body, headers=practice._authorization(version))

    assert refusal(put(1, ("2027-01-01", 1))) == (422, "instalments-sum")
    planned = body_of(put(1, ("2027-01-01", 3_214), ("2027-02-01", 10_000)))
    assert [part["number"] for part in planned["instalments"]] == [1, 2]
    final = body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 2))
    assert (final["due_on"], final["instalments"]) == ("2027-02-01", planned["instalments"])
    again = body_of(put(3, ("2027-03-01", GROSS_MINOR)))
    assert (again["version"], again["instalments"][0]["amount"]) == (4, money(GROSS_MINOR))


def test_instalments_are_of_what_the_patient_still_owes(practice: Practice) -> None:
    practice.configured(insurance=[{"payer_id": "aok", "invoice": {"kind": "percent", "rate": "50"}}])
    practice.patient = {"patient_id": "pat-77", "coverage": {"payer_id": "aok"}}
    draft = practice.drafted()
    path = path_of(draft, "instalments")

    def put(version: int, *minors: int) -> httpx2.Response:
        parts = [{"due_on": f"2027-0{nth}-01", "amount_minor": minor} for nth, minor in enumerate(minors, 1)]
        return practice.http.put(path, json={"instalments": parts}, headers=practice._authorization(version))

    half = GROSS_MINOR // 2
    practice.hears(practice.payment(1_607))
    practice.until_balance(-1_607)
    assert refusal(put(1, half, half)) == refusal(put(1, half)) == (422, "instalments-sum")
    body_of(put(1, 2_000, half - 3_607))
    final = body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 2))
    assert final["issued"] == {
        "insurers": [{"payer_id": "aok", "payer_name": None, "amount": money(half)}],
        "paid": money(1_607),
        "asked": money(half - 1_607),
    }
    [open_] = practice.balance()["open_invoices"]
    assert open_["instalments"] == final["instalments"]
    practice.hears(practice.payment(1_000))
    practice.until_version(5)
    assert refusal(put(5, 2_000, half - 3_607)) == (422, "instalments-sum")
    body_of(put(5, half - 2_607))
    practice.hears(practice.payment(500))
    practice.until_version(7)
    [open_] = practice.balance()["open_invoices"]
    assert [part["amount"] for part in open_["instalments"]] == [money(half - 3_107)]


def test_an_address_that_changes_later_leaves_the_invoice_alone(practice: Practice) -> None:
    practice.finalized(patient={"address": {"city": "Berlin"}})
    body_of(practice.put(f"/clinics/{practice.clinic}", clinic(address={"city": "Potsdam"}, name="Moved")))
    practice.hears(practice.corrected(patient={"address": {"city": "Hamburg"}}))
    after = practice.until_version(3)
    assert (after["buyer"]["address"]["city"], after["seller"]["address"]["city"]) == ("Berlin", "Berlin")
    assert after["seller"]["name"] == "Zahnarztpraxis am Markt"
