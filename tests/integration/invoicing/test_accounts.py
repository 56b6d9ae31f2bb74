"""What a patient owes: with what is overdue, on the next draft, and in the clinic's aged receivables."""

import json
from datetime import date, timedelta

from invoicing.domain.receivables.account import balance
from invoicing.store.accounts import BY_ID

from chassis.database.paging import PageRequest
from tests.integration.invoicing.own_store import OwnStore
from tests.integration.invoicing.practice import GROSS_MINOR, Json, Practice, body_of, money, refusal
from tests.unit.invoicing.examples import NOW, finalized, payment

LONG_AGO = date(2020, 1, 31)


def final_and_due(practice: Practice, session_id: str, due_on: date, patient_id: str = "pat-77") -> Json:
    draft = practice.drafted(session_id, patient={"patient_id": patient_id})
    path = f"/invoices/{draft['invoice_id']}"
    body_of(practice.patch(path, {"due_on": due_on.isoformat()}, 1))
    return body_of(practice.post(f"{path}/finalize", 2))


def test_what_was_due_before_today_is_overdue_on_the_account_and_in_its_event(practice: Practice) -> None:
    late = final_and_due(practice, "ses-1", LONG_AGO)
    practice.finalized("ses-2")
    account = practice.balance()
    [balance] = account["balances"]
    assert (balance["open"], balance["overdue"]) == (money(2 * GROSS_MINOR), money(GROSS_MINOR))
    assert {i["invoice_id"]: i["overdue"]["amount_minor"] for i in account["open_invoices"]} == {
        late["invoice_id"]: GROSS_MINOR,
        practice.invoice_id("ses-2"): 0,
    }
    assert practice.account_events(2)[-1].body == account


def test_a_new_draft_tells_what_was_owed_before_it(practice: Practice) -> None:
    assert practice.drafted("ses-0")["previous_balances"] == []
    final_and_due(practice, "ses-1", LONG_AGO)
    practice.hears(practice.payment(1_000, "ses-1"))
    practice.until_balance(GROSS_MINOR - 1_000)
    owed = practice.balance()["balances"]
    assert practice.drafted("ses-2")["previous_balances"] == owed
    assert owed[0]["overdue"] == money(GROSS_MINOR - 1_000)
    practice.hears(practice.corrected("ses-0"))
    assert practice.until_version(2, "ses-0")["previous_balances"] == owed


def test_a_draft_tells_what_is_owed_whenever_it_is_read_and_an_invoice_what_was_when_it_was_issued(
    practice: Practice,
) -> None:
    practice.finalized("ses-1")
    draft = practice.drafted("ses-2")
    assert [b["open"] for b in draft["previous_balances"]] == [money(GROSS_MINOR)]
    practice.hears(practice.payment(5_000, "ses-1"))
    practice.until_balance(GROSS_MINOR - 5_000)
    path = f"/invoices/{draft['invoice_id']}"

    def open_(body: Json) -> list[Json]:
        return [b["open"] for b in body["previous_balances"]]

    left = [money(GROSS_MINOR - 5_000)]
    listed = body_of(practice.get("/invoices", clinic_id=practice.clinic, status="draft"))["items"]
    assert [open_(item) for item in listed] == [open_(practice.read("ses-2"))] == [left]
    practice.hears(practice.payment(7_000, "ses-1"))
    practice.until_balance(GROSS_MINOR - 12_000)
    less = [money(GROSS_MINOR - 12_000)]
    assert open_(body_of(practice.patch(path, {"note": "x"}, 1))) == less
    practice.hears(practice.payment(GROSS_MINOR - 12_500, "ses-1"))
    practice.until_balance(500)
    final = body_of(practice.post(f"{path}/finalize", 2))
    assert open_(final) == open_(practice.events(3, "ses-2")[-1].body) == [money(500)]
    practice.hears(practice.payment(500, "ses-1"))
    practice.until_balance(GROSS_MINOR)
    assert open_(practice.read("ses-2")) == [money(500)]


def test_receivables_are_aged_for_each_account_and_summed(practice: Practice) -> None:
    today = date.fromisoformat(final_and_due(practice, "ses-1", LONG_AGO, "pat-1")["issued_on"])
    final_and_due(practice, "ses-2", today - timedelta(days=30), "pat-1")
    final_and_due(practice, "ses-3", today, "pat-2")
    practice.finalized("ses-4", patient={"patient_id": "pat-3"})
    practice.hears(practice.payment(GROSS_MINOR, "ses-4", patient_id="pat-3"))
    practice.until_balance(0, "pat-3")
    path = f"/clinics/{practice.clinic}/reports/receivables"
    on = today.isoformat()
    report = body_of(practice.as_("auditor").get(path, limit=1, as_of=on))
    rest = body_of(practice.get(path, cursor=report["next_cursor"], as_of=on))
    items = [*report["items"], *rest["items"]]
    assert (rest["totals"], rest["next_cursor"]) == (None, None)
    by_patient = {item["patient_id"]: item["receivables"] for item in items}
    assert by_patient.keys() == {"pat-1", "pat-2"}
    assert by_patient["pat-1"] == [aged(days_1_30=GROSS_MINOR, days_over_90=GROSS_MINOR)]
    assert by_patient["pat-2"] == [aged(current=GROSS_MINOR)]
    assert body_of(practice.get(path))["as_of"] >= report["as_of"] == on
    assert report["totals"] == [aged(current=GROSS_MINOR, days_1_30=GROSS_MINOR, days_over_90=GROSS_MINOR)]
    open_minor = sum(practice.balance(p)["balances"][0]["open"]["amount_minor"] for p in ("pat-1", "pat-2", "pat-3"))
    assert report["totals"][0]["total"] == money(open_minor)
    later = body_of(practice.get(path, as_of=(today + timedelta(days=31)).isoformat()))
    assert later["totals"] == [aged(days_31_60=GROSS_MINOR, days_61_90=GROSS_MINOR, days_over_90=GROSS_MINOR)]


def aged(**buckets: int) -> Json:
    names = ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
    sums = {name: money(buckets.get(name, 0)) for name in names} | {"total": money(sum(buckets.values()))}
    return {**sums, "payers": [{"part": "patient", "payer_id": None, "payer_name": None, **sums}]}


async def test_what_is_owed_is_found_by_an_index_and_read_account_by_account(own: OwnStore) -> None:
    day = NOW.at.date()
    owing = [balance("clinic-berlin", f"pat-{n}", 1, [finalized()], [], NOW, day) for n in range(3)]
    even = balance("clinic-berlin", "pat-9", 1, [], [payment(finalized(), 5)], NOW, day)
    elsewhere = balance("clinic-hamburg", "pat-1", 1, [finalized()], [], NOW, day)
    all_ = [*owing, even, elsewhere]
    await own.do(lambda unit: own.store.accounts.save(unit, all_))
    assert [open_ async for open_ in own.store.accounts.all_open("clinic-berlin")] == [owing[0].open_invoices] * 3
    rows = await own.store.accounts.owing("clinic-berlin", PageRequest(1))
    assert [row["_id"] for row in rows] == sorted(account.account_id for account in owing)[:2]
    where = {"clinic_id": "clinic-berlin", "owes": True}
    plan = await own.mongo.collection("accounts").find(where).sort(BY_ID.sort).explain()
    assert "IXSCAN" in json.dumps(plan, default=str)
    assert "COLLSCAN" not in json.dumps(plan, default=str)


def test_receivables_of_another_clinic_are_not_there(practice: Practice) -> None:
    answer = practice.as_("billing_manager", "clinic-elsewhere").get(f"/clinics/{practice.clinic}/reports/receivables")
    assert answer.status_code == 404


def test_a_patient_of_whom_nobody_heard_has_no_balance_and_one_with_a_session_owes_nothing(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}/patients/pat-new/balance"
    assert refusal(practice.get(path)) == (404, "patient-unknown")
    practice.drafted("ses-new", patient={"patient_id": "pat-new"})
    account = body_of(practice.get(path))
    assert (account["patient_id"], account["balances"], account["open_invoices"]) == ("pat-new", [], [])
    assert refusal(practice.get(f"/clinics/{practice.clinic}/patients/pat-newer/balance")) == (404, "patient-unknown")


def test_a_patient_who_only_paid_ahead_has_a_balance(practice: Practice) -> None:
    practice.hears(practice.payment(1_000, None, patient_id="pat-ahead"))
    practice.until_balance(-1_000, "pat-ahead")
