"""Numbers of invoices: none is missing, whoever is refused in between."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pymongo import MongoClient

from tests.integration.invoicing.practice import Practice, body_of, refusal
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


def aborted(mongo_uri: str) -> int:
    """Transactions so far, of everybody; 0 where the server does not count them."""
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        return int(client.admin.command("serverStatus").get("transactions", {}).get("totalAborted", 0))
