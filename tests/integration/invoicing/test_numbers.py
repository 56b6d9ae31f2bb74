"""Numbers of invoices: none is missing, whoever is refused in between."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
from pymongo import MongoClient

from tests.integration.invoicing.practice import Json, Practice, body_of, refusal
from tests.integration.invoicing.test_editing import KIT
from tests.parts.sessions import clinic, procedure


def test_who_is_refused_takes_no_number(practice: Practice) -> None:
    first, second = practice.drafted("ses-1"), practice.drafted("ses-2", procedures=[procedure("D9")])
    unpriced = practice.post(f"/invoices/{second['invoice_id']}/finalize", 1)
    assert refusal(unpriced) == (409, "unpriced")
    stale = practice.post(f"/invoices/{first['invoice_id']}/finalize", 9)
    assert refusal(stale) == (412, "version-stale")
    numbers = [practice.finalized(f"ses-{n}")["number"][-6:] for n in (3, 4)]
    assert numbers == ["000001", "000002"]
    void = body_of(practice.post(f"/invoices/{practice.invoice_id('ses-4')}/void", 2, {"reason": "mistake"}))
    assert void["number"].endswith("000002")
    assert practice.finalized("ses-5")["number"].endswith("000003")


def test_a_clinic_numbers_as_it_likes(practice: Practice) -> None:
    body_of(practice.put(f"/clinics/{practice.clinic}", clinic(number_format="RE{yyyy}/{seq:03d}")))
    final = practice.finalized()
    assert final["number"] == f"RE{final['issued_on'][:4]}/001"


def test_many_who_finalize_at_once_do_not_break_off_each_other(practice: Practice, mongo_uri: str) -> None:
    """Each draws the next number of one series: what the database breaks off is done again, and again."""
    many = 20
    drafts = [practice.drafted(f"ses-{nth}", patient={"patient_id": f"pat-{nth}"}) for nth in range(many)]
    before = aborted(mongo_uri)
    with ThreadPoolExecutor(many) as desks:
        answers = desks.map(lambda draft: practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1), drafts)
        numbers = sorted(body_of(answer)["number"][-6:] for answer in answers)
    assert numbers == [f"{nth:06d}" for nth in range(1, many + 1)]
    assert aborted(mongo_uri) - before <= many // 4


def at_once(practice: Practice, drafts: Sequence[Json], key: str = "k-1", clinic_id: str = "") -> httpx2.Response:
    """Finalizes them with one request."""
    named = [{"invoice_id": draft["invoice_id"], "version": draft["version"]} for draft in drafts]
    return practice.http.post(
        "/invoices/finalize",
        json={"clinic_id": clinic_id or practice.clinic, "drafts": named},
        headers={**practice._authorization(), "Idempotency-Key": f"{practice.clinic}-{key}"},
    )


def test_drafts_of_a_day_are_finalized_at_once_and_each_is_judged_by_itself(
    practice: Practice, new_practice: Callable[[], Practice]
) -> None:
    planned = practice.drafted("ses-0", patient={"patient_id": "pat-0"})
    plan = {"instalments": [{"due_on": "2031-01-01", "amount_minor": planned["totals"]["due"]["amount_minor"]}]}
    path = f"/invoices/{planned['invoice_id']}"
    headers = practice._authorization(planned["version"])
    planned = body_of(practice.http.put(f"{path}/instalments", json=plan, headers=headers))
    planned = body_of(practice.patch(path, {"add": [KIT]}, planned["version"]))
    elsewhere = new_practice().configured().drafted("ses-1")
    first, second = practice.drafted("ses-1"), practice.drafted("ses-2")
    other = practice.drafted("ses-3", patient={"patient_id": "pat-3"})
    unpriced = practice.drafted("ses-4", procedures=[procedure("D9")])
    stale = {**practice.drafted("ses-5"), "version": 9}
    unknown = {"invoice_id": "inv_nobody", "version": 1}
    asked = [planned, unpriced, first, stale, unknown, elsewhere, second, other]

    answer = body_of(at_once(practice, asked))

    assert [item["invoice_id"] for item in answer["items"]] == [draft["invoice_id"] for draft in asked]
    codes = [(item["problem"] or {"code": None})["code"] for item in answer["items"]]
    late = ["version-stale", "invoice-unknown", "invoice-unknown", None, None]
    assert codes == ["instalments-differ", "unpriced", None, *late]
    assert (answer["finalized"], answer["refused"]) == (3, 5)
    finals = [practice.read(session_id) for session_id in ("ses-1", "ses-2", "ses-3")]
    assert [final["number"][-6:] for final in finals] == ["000001", "000002", "000003"]
    owed = finals[0]["totals"]["due"]
    assert [balance["open"] for balance in finals[1]["previous_balances"]] == [owed]
    assert practice.balance()["balances"][0]["open"]["amount_minor"] == 2 * owed["amount_minor"]
    assert practice.events(2, "ses-2")[-1].type == "invoice-finalized"
    assert practice.finalized("ses-6")["number"].endswith("000004")


def test_many_finalized_with_one_key_have_one_answer(practice: Practice) -> None:
    draft = practice.drafted()
    answer, again = at_once(practice, [draft]), at_once(practice, [draft])
    assert body_of(again) == body_of(answer)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert refusal(at_once(practice, [draft, {**draft, "invoice_id": "inv_x"}])) == (409, "idempotency-key-reused")
    assert refusal(at_once(practice, [draft, draft], "k-2")) == (422, "invalid-request")
    assert refusal(at_once(practice, [draft], "k-3", "clinic-of-others")) == (404, "not-found")
    assert refusal(at_once(practice.as_("front_desk"), [draft], "k-4"))[0] == 403
    assert body_of(at_once(practice, [draft], "k-5"))["items"][0]["problem"]["code"] == "version-stale"
    assert body_of(at_once(practice, [{**draft, "version": 2}], "k-6"))["items"][0]["problem"] == {
        "status": 409,
        "code": "illegal-transition",
        "detail": f"invoice {draft['invoice_id']} is finalized: it cannot be finalized",
    }


def test_the_front_desk_finalizes_where_the_clinic_lets_it(practice: Practice) -> None:
    desk = practice.as_("front_desk")
    first, second = practice.drafted("ses-1"), practice.drafted("ses-2", patient={"patient_id": "pat-2"})
    path = f"/invoices/{first['invoice_id']}/finalize"
    assert refusal(desk.post(path, 1)) == refusal(at_once(desk, [second], "k-1")) == (403, "role-missing")
    profile = body_of(practice.put(f"/clinics/{practice.clinic}", clinic(finalize_by="front_desk")))
    assert profile["finalize_by"] == "front_desk"
    final = body_of(desk.post(path, 1))
    assert (final["status"], final["finalized_by"]["role"]) == ("finalized", "front_desk")
    assert body_of(at_once(desk, [second], "k-2"))["finalized"] == 1
    for other in ("auditor", "operator"):
        assert refusal(at_once(practice.as_(other), [second], "k-3")) == (403, "role-missing")
    body_of(practice.put(f"/clinics/{practice.clinic}", clinic()))
    third = practice.drafted("ses-3")
    assert refusal(desk.post(f"/invoices/{third['invoice_id']}/finalize", 1)) == (403, "role-missing")


def aborted(mongo_uri: str) -> int:
    """Transactions so far, of everybody; 0 where the server does not count them."""
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        return int(client.admin.command("serverStatus").get("transactions", {}).get("totalAborted", 0))
