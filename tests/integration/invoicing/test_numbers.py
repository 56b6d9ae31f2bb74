"""Numbers of invoices: none is missing, whoever is refused in between."""

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
