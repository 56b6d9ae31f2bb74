"""Who is at the desk is found: by a part of their name, their birth date or their id."""

import pytest

from tests.integration.invoicing.practice import GROSS_MINOR, Practice, body_of, money, refusal

pytestmark = pytest.mark.any_broker


def test_a_patient_is_found_by_parts_of_the_name_the_birth_date_and_the_id(practice: Practice) -> None:
    practice.patient = {"patient_id": "pat-77", "birth_date": "1984-02-29", "coverage": {"payer_id": "aok"}}
    practice.finalized()
    others = {"pat-78": "Jörg Weiß", "pat-79": "Jörg Øster", "anna": "王小明"}
    for nth, (patient_id, name) in enumerate(others.items()):
        practice.drafted(f"ses-1{nth}", patient={"patient_id": patient_id, "name": name, "birth_date": None})

    def found(asked: str, who: Practice = practice) -> list[str]:
        page = body_of(who.get("/patients", clinic_id=practice.clinic, q=asked))
        return [patient["patient_id"] for patient in page["items"]]

    [first] = body_of(practice.get("/patients", clinic_id=practice.clinic, q="lucja"))["items"]
    assert first == {
        "clinic_id": practice.clinic,
        "patient_id": "pat-77",
        "name": "Łucja Øster",
        "birth_date": "1984-02-29",
        "open": [money(GROSS_MINOR)],
        "patient_open": [money(GROSS_MINOR)],
    }
    assert found("ster") == found("o") == ["pat-77", "pat-79"]
    assert found("öST jor") == ["pat-79"]
    assert found("weis") == found("PAT-78") == ["pat-78"]
    assert found("29.2.1984 ost") == found("1984-02-29") == ["pat-77"]
    assert found("小") == found("anna") == ["anna"]
    assert found("nobody") == found("pat-7") == []
    page = body_of(practice.get("/patients", clinic_id=practice.clinic, q="ost", limit=1))
    rest = body_of(practice.get("/patients", clinic_id=practice.clinic, q="ost", limit=1, cursor=page["next_cursor"]))
    assert [page["items"][0]["patient_id"], rest["items"][0]["patient_id"]] == ["pat-77", "pat-79"]
    assert rest["next_cursor"] is None
    assert found("ster", practice.as_("auditor")) == found("ster", practice.as_("front_desk"))


def test_a_patient_is_called_as_the_session_says_that_was_completed_last(practice: Practice) -> None:
    practice.drafted("ses-1")
    renamed = {"patient": {"name": "Łucja Nowak"}, "completed_at": "2026-11-21T09:45:00+01:00"}
    practice.drafted("ses-2", **renamed)
    practice.hears(practice.corrected("ses-1", patient={"name": "Lucia Øster"}))
    practice.until_version(2, "ses-1")

    def named(asked: str) -> list[str]:
        page = body_of(practice.get("/patients", clinic_id=practice.clinic, q=asked))
        return [patient["name"] for patient in page["items"]]

    assert named("lucja") == named("nowak") == ["Łucja Nowak"]
    assert named("oster") == named("lucia") == []


def test_a_search_without_a_letter_or_of_another_clinic_is_refused(practice: Practice) -> None:
    clinic_id = practice.clinic
    refused = practice.get("/patients", clinic_id=clinic_id, q="--")
    assert (refusal(refused), refused.json()["field"]) == ((422, "nothing-to-find"), "q")
    for missing in ({"q": "a"}, {"clinic_id": clinic_id}, {"clinic_id": clinic_id, "q": ""}):
        assert refusal(practice.get("/patients", **missing)) == (422, "invalid-request")
    assert refusal(practice.get("/patients", clinic_id="clinic-elsewhere", q="oster")) == (404, "not-found")
