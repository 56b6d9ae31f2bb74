"""Numbers of invoices: none twice and none missing, whoever finalizes where and what fails in between."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx

from deploy.embedded.service import ServicePart
from tests.integration.invoicing.practice import Practice, body_of, refusal
from tests.parts.patience import until
from tests.parts.sessions import clinic, procedure

FINALIZED = 40


def test_forty_finalized_at_once_in_two_processes_have_forty_numbers_in_a_row(
    practice: Practice, second_service: ServicePart
) -> None:
    practice.hears(*(practice.session(f"ses-{n}", patient={"patient_id": f"pat-{n}"}) for n in range(FINALIZED)))
    drafts = until(practice.all_invoices, lambda items: len(items) == FINALIZED)
    with httpx.Client(base_url=second_service.url, timeout=60, trust_env=False) as http, ThreadPoolExecutor(8) as desks:
        elsewhere = replace(practice, http=http)
        where = [practice, elsewhere] * (FINALIZED // 2)
        answers = list(
            desks.map(lambda at, draft: at.post(f"/invoices/{draft['invoice_id']}/finalize", 1), where, drafts)
        )
    numbers = sorted(body_of(answer)["number"] for answer in answers)
    year = answers[0].json()["issued_on"][:4]
    assert numbers == [f"{practice.clinic}-{year}-{n:06d}" for n in range(1, FINALIZED + 1)]


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
