"""FHIR dental procedures become sessions."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.calendar import ClinicCalendar
from cli.resources import Found
from cli.session_files import Options, Ready, read
from cli.visits import UNIVERSAL_TOOTH, Unusable, Visit, visits
from contracts.clinical import SessionCompleted

Json = dict[str, Any]
EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "fhir-dental-procedures.json"
SNOMED = "http://snomed.info/sct"


def procedure(id_: str = "p1", **elements: Any) -> Json:
    return {
        "resourceType": "Procedure",
        "id": id_,
        "status": "completed",
        "code": {"coding": [{"system": "http://www.ada.org/cdt", "code": "D2391", "display": "composite"}]},
        "subject": {"reference": "Patient/ada", "display": "Ada B."},
        "performedDateTime": "2024-08-17",
    } | elements


def on_tooth(tooth: str, *surfaces: tuple[str, str, str]) -> Json:
    """A procedure's body structure, contained in it; surfaces as system, code, display."""
    qualifiers = [{"coding": [dict(zip(("system", "code", "display"), s, strict=True))]} for s in surfaces]
    structure = {
        "resourceType": "BodyStructure",
        "id": "bs",
        "location": {"coding": [{"system": UNIVERSAL_TOOTH, "code": tooth}]},
        "locationQualifier": qualifiers,
    }
    extension = {"url": "http://hl7.org/fhir/StructureDefinition/bodySite", "valueReference": {"reference": "#bs"}}
    return {"contained": [structure], "extension": [extension]}


def made(*resources: Json, version: int = 1, zone: str | None = None) -> list[Visit | Unusable]:
    found = [Found(f"{r['resourceType']}/{r.get('id')}", r) for r in resources]
    return list(visits(found, "clinic-berlin", version, ClinicCalendar(lambda: zone)))


def body(*resources: Json, zone: str | None = None) -> Json:
    [visit] = made(*resources, zone=zone)
    assert isinstance(visit, Visit)
    return visit.body


def reason(*resources: Json) -> str:
    [unusable] = made(*resources)
    assert isinstance(unusable, Unusable)
    assert unusable.wrong
    return unusable.reason


def test_the_published_examples_become_sessions_with_tooth_and_surface_on_every_line() -> None:
    if not EXAMPLES.is_file():
        pytest.skip(f"the examples are not here: {EXAMPLES}")
    ready = [entry for entry in read(EXAMPLES, Options("clinic-berlin")) if isinstance(entry, Ready)]
    bodies = [json.loads(entry.value) for entry in ready]
    lines = {line["procedure_id"]: line for visit in bodies for line in visit["procedures"]}
    examples = json.loads(EXAMPLES.read_text("utf-8"))
    assert lines.keys() == {example["id"] for example in examples}
    assert sorted(visit["completed_at"][:10] for visit in bodies) == ["2024-08-10", "2024-08-17"]
    for example in examples:
        line = lines[example["id"]]
        assert line["code"] == example["code"]["coding"][0]["code"]
        assert line["performed_on"] == example["performedDateTime"]
        assert line["tooth"] in {str(tooth) for tooth in range(1, 33)}
        assert line["surfaces"][0] == "B"
    assert lines["RestorationTooth8-example-dental-procedure"]["surfaces"] == ["B", "L"]


def test_procedures_of_one_patient_and_day_are_one_session_and_others_are_not() -> None:
    other_day = procedure("p3", performedDateTime="2024-08-18")
    other_patient = procedure("p4", subject={"reference": "Patient/bob"})
    found = made(procedure("p1"), procedure("p2"), other_day, other_patient)
    lines = [[line["procedure_id"] for line in v.body["procedures"]] for v in found if isinstance(v, Visit)]
    assert lines == [["p1", "p2"], ["p3"], ["p4"]]
    assert len({v.body["session_id"] for v in found if isinstance(v, Visit)}) == 3


def test_an_encounter_keeps_its_procedures_together_over_midnight_and_says_when_it_ended() -> None:
    late = {"encounter": {"reference": "Encounter/e1"}}
    encounter = {"resourceType": "Encounter", "id": "e1", "period": {"end": "2024-08-18T00:40:00+02:00"}}
    session = body(procedure("p1", **late), procedure("p2", performedDateTime="2024-08-18", **late), encounter)
    assert [line["performed_on"] for line in session["procedures"]] == ["2024-08-17", "2024-08-18"]
    assert session["completed_at"] == "2024-08-18T00:40:00+02:00"


def test_a_session_has_the_same_id_when_a_procedure_joins_it() -> None:
    alone, joined = body(procedure("p1")), body(procedure("p1"), procedure("p2"))
    assert alone["session_id"] == joined["session_id"]


def test_a_date_without_time_is_noon_and_a_period_ends_the_session() -> None:
    assert body(procedure())["completed_at"] == "2024-08-17T12:00:00+00:00"
    period = {"start": "2024-08-17T09:00:00+02:00", "end": "2024-08-17T09:45:00+02:00"}
    timed = procedure(performedPeriod=period)
    del timed["performedDateTime"]
    assert body(timed)["completed_at"] == "2024-08-17T09:45:00+02:00"


@pytest.mark.parametrize(
    ("coding", "letters"),
    [
        ((SNOMED, "245652002", "Entire mesial surface"), ["M"]),
        ((SNOMED, "362103001", "Entire occlusal surface"), ["O"]),
        ((SNOMED, "245653007", "Entire distal surface"), ["D"]),
        ((SNOMED, "245647007", "Entire buccal surface"), ["B"]),
        ((SNOMED, "362104007", "Entire lingual surface"), ["L"]),
        ((SNOMED, "245645004", "Incisal edge"), ["I"]),
        (("http://terminology.hl7.org/CodeSystem/FDI-surface", "MOD", "Mesioclusodistal"), ["M", "O", "D"]),
        (("http://terminology.hl7.org/CodeSystem/FDI-surface", "V", "Ventral"), ["F"]),
        (("http://terminology.hl7.org/CodeSystem/ADAToothSurfaceCodes", "F", "Facial"), ["F"]),
        ((SNOMED, "1", "Surface that has no letter"), ["Surface that has no letter"]),
    ],
)
def test_a_surface_is_written_with_the_letters_of_a_claim_form(
    coding: tuple[str, str, str], letters: list[str]
) -> None:
    [line] = body(procedure(**on_tooth("14", coding)))["procedures"]
    assert (line["tooth"], line["surfaces"]) == ("14", letters)


def test_a_site_that_is_no_tooth_is_an_area() -> None:
    arch = {"coding": [{"system": SNOMED, "code": "181220002", "display": "Entire oral cavity"}]}
    [line] = body(procedure(bodySite=[arch]))["procedures"]
    assert (line["tooth"], line["area"]) == (None, "Entire oral cavity")


def test_the_patient_is_told_as_the_bundle_knows_him() -> None:
    patient = {
        "resourceType": "Patient",
        "id": "ada",
        "name": [{"given": ["Ada"], "family": "Byron"}],
        "birthDate": "1815-12-10",
        "telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "ada@example.org"}],
        "address": [{"line": ["St James's Sq 12"], "city": "London", "postalCode": "SW1", "country": "GB"}],
    }
    patient_body = body(procedure(), patient)["patient"]
    assert (patient_body["patient_id"], patient_body["name"], patient_body["email"]) == (
        "ada",
        "Ada Byron",
        "ada@example.org",
    )
    assert (patient_body["birth_date"], patient_body["address"]["city"]) == ("1815-12-10", "London")
    assert body(procedure())["patient"] == {"patient_id": "ada", "name": "Ada B."}
    assert body(procedure(subject={"reference": "Patient/ada"}))["patient"]["name"] == "ada"


@pytest.mark.parametrize("reference", ["Patient/ada", "https://ehr.example/fhir/Patient/ada/_history/3"])
def test_a_patient_has_the_same_id_however_he_is_referred_to(reference: str) -> None:
    assert body(procedure(subject={"reference": reference}))["patient"]["patient_id"] == "ada"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"subject": {}}, "subject: names no patient"),
        ({"subject": {"reference": "#p"}}, "subject: names no patient"),
        ({"code": {"text": "filling"}}, "code: has no coding"),
        ({"performedDateTime": None}, "performedDateTime: when it was done is not told"),
        ({"performedDateTime": "2024-08"}, "performedDateTime: is not a whole date"),
        ({"performedDateTime": "2024-08-17T09:00:00"}, "performedDateTime: has no offset"),
        ({"id": None}, "Procedure id: Input should be a valid string"),
        ({"code": "D2391"}, "Procedure code: Input should be"),
        (on_tooth("14") | {"contained": []}, "extension bodySite: what it refers to is not in the file"),
    ],
)
def test_a_procedure_that_cannot_be_billed_is_told_with_its_reason(change: Json, expected: str) -> None:
    assert reason(procedure(**change)).startswith(expected)


def test_what_is_wrong_with_one_procedure_costs_only_that_one() -> None:
    found = made(procedure("p1"), procedure("p2", code={}), procedure("p3", performedDateTime="2024-08-18"))
    assert [v.where for v in found if isinstance(v, Unusable)] == ["Procedure/p2"]
    assert [line["procedure_id"] for v in found if isinstance(v, Visit) for line in v.body["procedures"]] == [
        "p1",
        "p3",
    ]


def test_two_procedures_with_one_id_are_one_when_they_are_equal_and_wrong_when_not() -> None:
    assert len(body(procedure("p1"), procedure("p1"))["procedures"]) == 1
    found = made(procedure("p1"), procedure("p1", note=[], code={"coding": [{"code": "D0120"}]}))
    assert [v.where for v in found if isinstance(v, Unusable)] == ["Procedure/p1"]


def test_a_procedure_that_was_not_done_is_skipped_and_not_wrong() -> None:
    [skipped] = made(procedure(status="not-done"))
    assert skipped == Unusable("Procedure/p1", "its status is not-done", wrong=False)


def test_an_encounter_without_a_usable_end_is_told() -> None:
    encounter = {"resourceType": "Encounter", "id": "e1", "period": {"end": "soon"}}
    assert reason(procedure(encounter={"reference": "Encounter/e1"}), encounter).startswith("its visit: ")


LOS_ANGELES = "America/Los_Angeles"


def test_instants_of_one_day_at_the_clinic_are_one_visit_of_that_day() -> None:
    early = procedure("p1", performedDateTime="2026-11-20T23:30:00Z")
    late = procedure("p2", performedDateTime="2026-11-21T00:30:00Z")
    session = body(early, late, zone=LOS_ANGELES)
    assert [line["performed_on"] for line in session["procedures"]] == ["2026-11-20", "2026-11-20"]
    assert session["completed_at"] == "2026-11-21T00:30:00+00:00"
    assert len(made(early, late, zone="Europe/London")) == 2


def test_a_date_joins_the_instants_of_its_day_at_the_clinic() -> None:
    day, late = procedure("p1", performedDateTime="2026-11-20"), procedure("p2", performedDateTime="2026-11-21T05:00Z")
    assert len(body(day, late, zone=LOS_ANGELES)["procedures"]) == 2


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"])
def test_a_date_is_that_date_at_the_clinic_wherever_it_is(zone: str) -> None:
    completed = datetime.fromisoformat(body(procedure(performedDateTime="2026-11-20"), zone=zone)["completed_at"])
    assert completed.astimezone(ZoneInfo(zone)).date().isoformat() == "2026-11-20"


def test_without_a_zone_the_time_of_utc_says_no_day_and_that_is_told() -> None:
    for time in ("2026-11-20T23:30:00Z", "2026-11-20T23:30:00+00:00"):
        assert reason(procedure(performedDateTime=time)).endswith("give the clinic's --time-zone")
    assert (
        body(procedure(performedDateTime="2026-11-20T23:30:00-08:00"))["procedures"][0]["performed_on"] == "2026-11-20"
    )


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.integers(-14 * 4, 14 * 4),
    st.sampled_from([LOS_ANGELES, "Europe/Berlin", "Asia/Kathmandu", "Pacific/Chatham", "UTC"]),
)
def test_the_offset_that_a_time_is_written_with_changes_nothing(moment: datetime, quarters: int, zone: str) -> None:
    instant = moment.replace(tzinfo=UTC, microsecond=0)
    written = instant.astimezone(timezone(timedelta(minutes=15 * quarters))).isoformat()
    plain, other = (procedure(performedDateTime=text) for text in (instant.isoformat(), written))
    one, same = body(plain, zone=zone), body(other, zone=zone)
    assert (one["session_id"], one["procedures"]) == (same["session_id"], same["procedures"])
    assert one["procedures"][0]["performed_on"] == instant.astimezone(ZoneInfo(zone)).date().isoformat()
    assert datetime.fromisoformat(same["completed_at"]) == instant


@pytest.mark.parametrize("status", ["entered-in-error", "not-done"])
def test_a_withdrawn_procedure_leaves_the_corrected_session_of_its_visit(status: str) -> None:
    before = body(procedure("p1"), procedure("p2"))
    [after] = made(procedure("p1", status=status), procedure("p2"), version=2)
    assert isinstance(after, Visit)
    assert (after.void, after.body["session_id"], after.body["version"]) == (False, before["session_id"], 2)
    assert [line["procedure_id"] for line in after.body["procedures"]] == ["p2"]


@pytest.mark.parametrize("status", ["entered-in-error", "not-done"])
def test_the_session_of_a_visit_of_which_nothing_is_left_is_void(status: str) -> None:
    before = body(procedure("p1"))
    # Of what was entered in error, no more than this may be told.
    withdrawn = {name: value for name, value in procedure("p1", status=status).items() if name != "code"}
    [after] = made(withdrawn, version=2)
    assert after == Visit(
        "Procedure/p1",
        {
            "session_id": before["session_id"],
            "clinic_id": "clinic-berlin",
            "version": 2,
            "patient_id": "ada",
            "reason": f"all of it is {status}",
        },
        void=True,
    )


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_an_encounter_that_was_not_takes_its_session_along(status: str) -> None:
    there = procedure("p1", encounter={"reference": "Encounter/e1"})
    encounter = {"resourceType": "Encounter", "id": "e1", "subject": {"reference": "Patient/ada"}, "status": "finished"}
    before, gone = body(there, encounter), encounter | {"status": status}
    for resources in ([there, gone], [gone]):
        [after] = made(*resources, version=2)
        assert isinstance(after, Visit)
        assert (after.void, after.body["session_id"]) == (True, before["session_id"])
    assert made(there, gone) == [Unusable("Procedure/p1", f"its visit: its encounter is {status}", wrong=False)]
    assert made(gone) == []


def test_what_is_not_completed_yet_voids_nothing_and_is_told() -> None:
    found = made(procedure("p1", status="entered-in-error"), procedure("p2", status="in-progress"), version=2)
    assert [(one.where, one.wrong) for one in found if isinstance(one, Unusable)] == [
        ("Procedure/p2", False),
        ("Procedure/p1", True),
    ]
    assert len(found) == 2


def test_a_procedure_told_twice_and_withdrawn_is_withdrawn() -> None:
    for order in ((0, 1), (1, 0)):
        told = [procedure("p1"), procedure("p1", status="entered-in-error")]
        [after] = made(*(told[n] for n in order), version=2)
        assert isinstance(after, Visit)
        assert after.void


def test_a_withdrawn_procedure_that_names_no_visit_is_told() -> None:
    [unknown] = made(procedure(status="entered-in-error", performedDateTime=None), version=2)
    assert isinstance(unknown, Unusable)
    assert unknown.wrong
    assert unknown.reason.startswith("its status is entered-in-error; performedDateTime")


def test_a_mailbox_that_ended_since_the_visit_is_not_mailed_to() -> None:
    told = {"system": "email", "value": "a@example.org", "period": {"end": "2024-12-31"}}
    patient = {"resourceType": "Patient", "id": "ada", "telecom": [told]}
    assert body(procedure(), patient)["patient"]["email"] is None


def claim_resources() -> list[Json]:
    """A child's filling at 3.5 times the fee for caries, insured by the mother's employer, and by a second insurer."""
    payer, second = {"reference": "Organization/delta"}, {"identifier": {"value": "dkv"}, "display": "DKV"}
    icd = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "K02.51", "display": "Caries on pit surface"}
    cover = {"resourceType": "Coverage", "status": "active", "beneficiary": {"reference": "Patient/ada"}}
    group = {"type": {"coding": [{"code": "group"}]}, "value": "G-100"}
    plan = {"type": {"coding": [{"code": "plan"}]}, "value": "PPO"}
    mother = {"subscriber": {"reference": "RelatedPerson/mother"}, "subscriberId": "S-1", "class": [group, plan]}
    related = {"relationship": {"coding": [{"code": "child"}]}}
    return [
        cover | {"id": "c2", "order": 2, "payor": [second], "subscriber": {"reference": "Patient/ada"}},
        cover | {"id": "c1", "order": 1, "payor": [payer]} | mother | related,
        cover | {"id": "c0", "status": "cancelled", "payor": [payer]},
        cover | {"id": "c3", "payor": [{"display": "nobody with an id"}]},
        cover | {"id": "c4", "payor": [payer], "period": {"end": "2023-12-31"}},
        {"resourceType": "Organization", "id": "delta", "name": "Delta Dental"},
        {"resourceType": "RelatedPerson", "id": "mother", "name": [{"text": "Anne B."}], "birthDate": "1792-05-17"},
        {
            "resourceType": "Condition",
            "id": "caries",
            "code": {"coding": [{"system": SNOMED, "code": "80967001"}, icd]},
        },
        {"resourceType": "Condition", "id": "fear", "code": {"text": "no code"}},
        {
            "resourceType": "Practitioner",
            "id": "doc",
            "identifier": [{"value": "1"}, {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
            "name": [{"text": "Dr. Lovelace"}],
        },
        {
            "resourceType": "ChargeItem",
            "id": "i1",
            "service": [{"reference": "Procedure/p1"}],
            "factorOverride": 3.5,
            "overrideReason": "narrow",
        },
    ]


def test_what_a_claim_asks_for_is_told_where_fhir_has_it() -> None:
    filling = procedure(
        "p1",
        performer=[{"actor": {"reference": "Practitioner/doc"}}],
        reasonReference=[{"reference": "Condition/caries"}, {"reference": "Condition/fear"}],
        reasonCode=[{"text": "it hurt"}],
    )
    session = body(filling, procedure("p2"), *claim_resources())
    caries = {"diagnosis_id": "caries", "code": "K02.51", "system": "http://hl7.org/fhir/sid/icd-10-cm"}
    assert session["diagnoses"] == [caries | {"description": "Caries on pit surface"}]
    assert session["provider"] == {"provider_id": "doc", "name": "Dr. Lovelace", "npi": "1234567893"}
    first, other = session["procedures"]
    assert (first["diagnosis_ids"], first["factor"], first["factor_reason"]) == (["caries"], "3.5", "narrow")
    assert other.keys().isdisjoint({"diagnosis_ids", "factor"})
    assert session["patient"]["coverage"] == {
        "payer_id": "delta",
        "payer_name": "Delta Dental",
        "plan": "PPO",
        "group_number": "G-100",
        "member_id": "S-1",
        "relationship": "child",
        "subscriber": {"name": "Anne B.", "subscriber_id": "S-1", "birth_date": "1792-05-17"},
    }
    second = session["patient"]["secondary_coverage"]
    assert (second["payer_id"], second["payer_name"], second["subscriber"]) == ("dkv", "DKV", None)
    assert SessionCompleted.model_validate(session).diagnoses[0].code == "K02.51"


def test_the_diagnoses_of_an_encounter_come_first_and_by_their_rank() -> None:
    def condition(id_: str, code: str) -> Json:
        return {"resourceType": "Condition", "id": id_, "code": {"coding": [{"code": code}]}}

    told = [
        {"condition": {"reference": "Condition/b"}, "rank": 2},
        {"condition": {"reference": "Condition/a"}, "rank": 1},
    ]
    encounter = {"resourceType": "Encounter", "id": "e1", "diagnosis": told}
    reason = {"coding": [{"code": "Z01.2"}]}
    at_it = {"encounter": {"reference": "Encounter/e1"}, "reasonCode": [reason]}
    again = {"encounter": {"reference": "Encounter/e1"}, "reasonReference": [{"reference": "Condition/b"}]}
    session = body(
        procedure("p1", **at_it), procedure("p2", **again), encounter, condition("a", "K05.3"), condition("b", "K02.1")
    )
    assert [each["diagnosis_id"] for each in session["diagnoses"]] == ["a", "b", "Z01.2"]
    assert [line["diagnosis_ids"] for line in session["procedures"]] == [["Z01.2"], ["b"]]
