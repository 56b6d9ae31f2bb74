"""What the routes ask of their callers: the version they saw, their role, their clinic."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.invoicing.practice import Json, Practice, body_of, money, refusal
from tests.parts.sessions import clinic, item, prices, taxed

pytestmark = pytest.mark.any_broker

CHANGES: dict[str, Json | None] = {"finalize": None, "void": {"reason": "x"}, "archive": None}
"""What each of them takes as its body."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_without_a_version_is_not_made(practice: Practice, change: str) -> None:
    draft = practice.drafted()
    answer = practice.post(f"/invoices/{draft['invoice_id']}/{change}", None, CHANGES[change])
    assert refusal(answer) == (428, "precondition-required")
    assert practice.read() == draft


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("version", [1, 3])
def test_a_change_of_another_version_than_the_current_is_not_made(
    practice: Practice, change: str, version: int
) -> None:
    draft = practice.drafted()
    edited = body_of(practice.patch(f"/invoices/{draft['invoice_id']}", {"note": "hello"}, 1))
    answer = practice.post(f"/invoices/{draft['invoice_id']}/{change}", version, CHANGES[change])
    assert refusal(answer) == (412, "version-stale")
    assert practice.read() == edited


def test_an_edit_follows_the_same_rules_and_leaves_out_what_it_does_not_say(practice: Practice) -> None:
    draft = practice.drafted()
    path = f"/invoices/{draft['invoice_id']}"
    assert refusal(practice.patch(path, {"note": "x"}, None)) == (428, "precondition-required")
    assert refusal(practice.patch(path, {"note": "x"}, 7)) == (412, "version-stale")
    assert refusal(practice.patch(path, {"lines": []}, 1)) == (422, "invalid-request")
    both = body_of(practice.patch(path, {"note": "x", "due_on": "2026-12-24"}, 1))
    assert (both["note"], both["due_on"]) == ("x", "2026-12-24")
    first = body_of(practice.patch(path, {"note": None}, 2))
    assert (first["note"], first["due_on"], first["version"]) == (None, "2026-12-24", 3)
    final = body_of(practice.post(f"{path}/finalize", 3))
    assert final["due_on"] == "2026-12-24"
    assert refusal(practice.patch(path, {"note": "x"}, 4)) == (409, "illegal-transition")


def test_the_tag_of_an_answer_is_the_version_to_ask_for(practice: Practice) -> None:
    draft = practice.drafted()
    answer = practice.get(f"/invoices/{draft['invoice_id']}")
    assert answer.headers["ETag"] == '"1"'


def test_of_many_who_finalize_one_draft_at_once_one_does(practice: Practice) -> None:
    draft = practice.drafted()
    with ThreadPoolExecutor(8) as desks:
        answers = list(desks.map(lambda _: practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    assert practice.read()["version"] == 2


ROUTES: list[tuple[str, str, str]] = [
    ("PUT", "/clinics/{clinic}", "billing_manager"),
    ("PUT", "/clinics/{clinic}/price-lists/standard", "billing_manager"),
    ("POST", "/invoices/{invoice}/finalize", "billing_manager"),
    ("POST", "/invoices/{invoice}/void", "billing_manager"),
    ("POST", "/invoices/{invoice}/archive", "billing_manager"),
    ("PATCH", "/invoices/{invoice}", "front_desk"),
    ("GET", "/clinics/{clinic}", "auditor"),
    ("GET", "/clinics/{clinic}/price-lists/standard", "auditor"),
    ("GET", "/invoices", "auditor"),
    ("GET", "/invoices/{invoice}", "auditor"),
    ("GET", "/invoices/{invoice}/revisions", "auditor"),
    ("GET", "/clinics/{clinic}/revisions", "auditor"),
    ("GET", "/clinics/{clinic}/reports/completeness?from=2026-11-01&to=2026-11-30", "auditor"),
    ("GET", "/clinics/{clinic}/revisions/verification", "auditor"),
    ("GET", "/clinics/{clinic}/price-lists/standard/revisions", "auditor"),
    ("GET", "/clinics/{clinic}/patients/pat-77/balance", "auditor"),
    ("GET", "/patients?clinic_id={clinic}&q=oster", "auditor"),
]
MAY = {
    "billing_manager": {"billing_manager"},
    "front_desk": {"billing_manager", "front_desk"},
    "auditor": {"billing_manager", "front_desk", "auditor"},
}


def call(who: Practice, method: str, path: str, invoice_id: str) -> Any:
    reason = CHANGES.get(path.rpartition("/")[2])
    body: Any = {"PUT": clinic() if path.endswith("{clinic}") else prices(), "POST": reason, "PATCH": {}}
    place = path.format(clinic=who.clinic, invoice=invoice_id)
    return who.http.request(method, place, json=body.get(method), headers={**who._authorization(), "If-Match": '"999"'})


@pytest.fixture(scope="module")
def drafted(shared_practice: Practice) -> str:
    draft: str = shared_practice.drafted("ses-shared")["invoice_id"]
    return draft


@pytest.mark.parametrize(("method", "path", "least"), ROUTES)
@pytest.mark.parametrize("role", ["billing_manager", "front_desk", "auditor", "cleaner"])
def test_each_role_may_do_what_it_may(
    shared_practice: Practice, drafted: str, method: str, path: str, least: str, role: str
) -> None:
    answer = call(shared_practice.as_(role), method, path, drafted)
    if role in MAY[least]:
        assert answer.status_code in (200, 412)
    else:
        assert refusal(answer) == (403, "role-missing")


@pytest.mark.parametrize(("method", "path", "least"), [r for r in ROUTES if r[1] != "/invoices"])
def test_what_belongs_to_another_clinic_does_not_exist(
    shared_practice: Practice, drafted: str, method: str, path: str, least: str
) -> None:
    stranger = shared_practice.as_("billing_manager", "clinic-elsewhere")
    answer = call(stranger, method, path, drafted)
    assert answer.status_code == 404
    unknown = call(stranger, method, path, "inv_unheard_of")
    assert (unknown.status_code, unknown.json()["code"]) == (404, answer.json()["code"])


def test_without_a_token_nothing_is_told(shared_practice: Practice, drafted: str) -> None:
    assert refusal(shared_practice.http.get(f"/invoices/{drafted}")) == (401, "token-missing")


def test_the_list_is_paged_newest_first_without_gap_or_repetition(practice: Practice) -> None:
    for n in range(7):
        practice.drafted(f"ses-{n}")
    seen: list[str] = []
    cursor: str | None = ""
    sizes = []
    while cursor is not None:
        page = body_of(practice.get("/invoices", clinic_id=practice.clinic, limit=3, cursor=cursor))
        sizes.append(len(page["items"]))
        seen += [item["session_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert (sizes, seen) == ([3, 3, 1], [f"ses-{n}" for n in reversed(range(7))])


def test_the_list_can_be_narrowed_to_a_patient_and_a_status(practice: Practice) -> None:
    practice.drafted("ses-1")
    practice.finalized("ses-2")
    practice.drafted("ses-3", patient={"patient_id": "pat-78"})

    def found(**params: Any) -> list[str]:
        return sorted(item["session_id"] for item in practice.all_invoices(**params))

    assert found() == ["ses-1", "ses-2", "ses-3"]
    assert found(patient_id="pat-77") == ["ses-1", "ses-2"]
    assert found(status="draft") == ["ses-1", "ses-3"]
    assert found(status="finalized", patient_id="pat-77") == ["ses-2"]
    assert found(status="void") == []
    assert refusal(practice.get("/invoices", status="lost")) == (422, "invalid-request")
    assert refusal(practice.get("/invoices", cursor="nonsense")) == (400, "cursor-invalid")


def test_the_list_shows_the_callers_clinics_and_no_others(new_practice: Callable[[], Practice]) -> None:
    first, other = new_practice().configured(), new_practice().configured()
    first.drafted()
    other.drafted()
    mine = body_of(first.as_("auditor", first.clinic).get("/invoices"))["items"]
    assert {item["clinic_id"] for item in mine} == {first.clinic}
    both = body_of(first.as_("auditor", first.clinic, other.clinic).get("/invoices"))["items"]
    assert {item["clinic_id"] for item in both} == {first.clinic, other.clinic}
    assert body_of(first.as_("auditor", "clinic-elsewhere").get("/invoices"))["items"] == []
    assert first.as_("auditor", first.clinic).get("/invoices", clinic_id=other.clinic).status_code == 404


def test_revisions_tell_who_changed_which_field_from_what_to_what(practice: Practice) -> None:
    draft = practice.drafted()
    path = f"/invoices/{draft['invoice_id']}"
    body_of(practice.as_("front_desk").patch(path, {"note": "pays on Friday"}, 1))
    body_of(practice.post(f"{path}/void", 2, {"reason": "wrong patient"}))
    history: Any = body_of(practice.get(f"{path}/revisions"))["items"]
    first, second, third = history
    assert [(r["version"], r["type"], r["actor_role"], r["reason"]) for r in (first, second, third)] == [
        (1, "invoicing.invoice-drafted.v1", "system", None),
        (2, "invoicing.invoice-revised.v1", "front_desk", None),
        (3, "invoicing.invoice-voided.v1", "billing_manager", "wrong patient"),
    ]
    changed = {c["field"]: (c["before"], c["after"]) for c in second["changes"]}
    assert (changed["/note"], changed["/version"]) == ((None, "pays on Friday"), (1, 2))
    assert changed.keys() == {
        "/note",
        "/version",
        "/changed_at",
        "/changed_by/actor_id",
        "/changed_by/name",
        "/changed_by/role",
    }
    assert {c["field"]: c["after"] for c in third["changes"]}["/status"] == "void"
    assert {c["field"]: c["after"] for c in first["changes"]}["/totals"]["gross"] == money(13_214)
    assert [second["previous"], third["previous"], first["previous"]] == [first["hash"], second["hash"], ""]


def test_a_profile_and_prices_read_back_as_they_were_put_under_the_next_version(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}"
    profile = clinic(
        phone="030", bank_account={"iban": "DE89", "bic": "COBADEFFXXX", "holder": "Praxis"}, payment_terms_days=0
    )
    put = body_of(practice.put(path, profile))
    assert (put["version"], put["clinic_id"]) == (2, practice.clinic)
    assert body_of(practice.get(path)) == put
    assert {**put, **profile} == put
    listed = body_of(practice.put(f"{path}/price-lists/standard", prices()))
    assert listed["version"] == 2
    assert body_of(practice.get(f"{path}/price-lists/standard")) == listed
    assert body_of(practice.put(f"{path}/price-lists/children", prices()))["version"] == 1


def test_a_session_is_priced_by_the_list_that_it_names(practice: Practice) -> None:
    children = prices(item("D2391", 1), taxed("COMP-A2", 0))
    body_of(practice.put(f"/clinics/{practice.clinic}/price-lists/children", children))
    assert practice.drafted("ses-1", price_list_id="children")["totals"]["net"] == money(1)
    assert practice.drafted("ses-2")["totals"]["net"] == money(13_100)
    assert practice.drafted("ses-3", price_list_id="no-such-list")["problems"] == ["unpriced"]


def test_invoices_are_found_by_session_number_reference_and_patient(practice: Practice) -> None:
    first = practice.finalized("ses-1")
    second = practice.drafted("ses-2", patient={"patient_id": "pat-other"})

    def found(**params: str) -> list[str]:
        return [invoice["invoice_id"] for invoice in practice.all_invoices(**params)]

    reference = first["payment_reference"]
    assert found(session_id="ses-1") == found(number=first["number"]) == [first["invoice_id"]]
    printed = " ".join(reference[at : at + 4] for at in range(0, len(reference), 4)).lower()
    assert found(reference=reference) == found(reference=printed) == [first["invoice_id"]]
    assert found(patient_id="pat-other") == found(session_id="ses-2") == [second["invoice_id"]]
    assert found(session_id="ses-2", status="finalized") == found(number="none") == found(session_id="ses-3") == []
    assert found(session_id="ses-1", number=first["number"], patient_id="pat-77") == [first["invoice_id"]]
    for params in ({"session_id": ""}, {"number": ""}, {"reference": ""}, {"sesion_id": "ses-1"}):
        refused = practice.get("/invoices", **params)
        assert (refused.status_code, refused.json()["field"]) == (422, next(iter(params)))
    elsewhere = practice.as_("auditor")
    assert elsewhere.get("/invoices", number=first["number"], clinic_id="clinic-elsewhere").status_code == 404


def test_a_patient_without_an_e_mail_address_gets_a_final_invoice(practice: Practice) -> None:
    assert practice.finalized("ses-silent", patient={"patient_id": "pat-silent", "email": None})["number"]
