"""Files of sessions: what is good is ready, what is bad is named by its place and its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.session_files import Options, Ready, read
from cli.visits import Unusable
from contracts.samples import SAMPLES
from contracts.topics import MAX_VALUE_BYTES

Json = dict[str, Any]
SESSION: Json = {
    "session_id": "ses-1",
    "clinic_id": "clinic-berlin",
    "version": 1,
    "completed_at": "2026-11-20T09:45:00+01:00",
    "patient": {"patient_id": "pat-77", "name": "Łucja Øster"},
    "procedures": [{"procedure_id": "p-1", "code": "D2391"}],
}
PROCEDURE: Json = {
    "resourceType": "Procedure",
    "id": "p1",
    "status": "completed",
    "code": {"coding": [{"code": "D2391"}]},
    "subject": {"reference": "urn:uuid:0f8d"},
    "performedDateTime": "2024-08-17",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sessions.jsonl"


def entries(file: Path, content: str | bytes, options: Options | None = None) -> list[Ready | Unusable]:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(file, options or Options()))


def one(file: Path, content: str | bytes, options: Options | None = None) -> Ready:
    [entry] = entries(file, content, options)
    assert isinstance(entry, Ready), entry
    return entry


def refused(file: Path, content: str | bytes, options: Options | None = None) -> str:
    [entry] = entries(file, content, options)
    assert isinstance(entry, Unusable)
    return f"{entry.where}: {entry.reason}"


def test_a_bare_session_is_a_completed_one_and_keeps_what_is_not_known(file: Path) -> None:
    ready = one(file, json.dumps(SESSION | {"ward": "3"}))
    assert ready.event.TYPE == "clinical.session-completed.v1"
    assert json.loads(ready.value) == SESSION | {"ward": "3"}
    assert "Łucja".encode() in ready.value


@pytest.mark.parametrize("type_", [type_ for type_ in SAMPLES if type_.startswith("clinical.")])
def test_a_typed_line_is_the_event_it_says(file: Path, type_: str) -> None:
    event = SAMPLES[type_].event
    assert one(file, json.dumps({"type": type_, "data": event.model_dump(mode="json")})).event == event


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 1: is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ("[1]", "item 1: is not a JSON object"),
        ('{"version": NaN}', "line 1: is not JSON: NaN is not a number"),
        (b'{"a": "\xff"}', "line 1: is not UTF-8"),
        ('{"type": "clinical.session-lost.v1", "data": {}}', "line 1: type: clinical.sessions has clinical."),
        ('{"type": "clinical.session-completed.v1", "data": []}', "line 1: data: is not a JSON object"),
        (json.dumps(SESSION | {"session_id": None}), "line 1: session_id: Input should be a valid string"),
        (json.dumps(SESSION | {"procedures": []}), "line 1: Value error, a session has at least one procedure"),
        (json.dumps(SESSION | {"note": "x" * MAX_VALUE_BYTES}), "line 1: has 10"),
        (json.dumps(SESSION | {"note": "\ud800"}), "line 1: holds half a character"),
    ],
)
def test_a_bad_entry_is_told_with_its_place_and_its_reason(file: Path, line: str | bytes, reason: str) -> None:
    assert refused(file, line).startswith(reason)


def test_no_reason_quotes_the_patient(file: Path) -> None:
    answer = refused(file, json.dumps(SESSION | {"patient": {"patient_id": "pat 77", "name": "Łucja", "email": ["e"]}}))
    assert "patient/patient_id" in answer
    assert "patient/email" in answer
    assert "Łucja" not in answer


def test_bad_lines_cost_no_good_ones_and_are_numbered_as_in_the_file(file: Path) -> None:
    good = [json.dumps(SESSION | {"session_id": f"ses-{number}"}) for number in range(3)]
    found = entries(file, "\n".join(["", good[0], "{bad", good[1], "", "null", good[2], ""]))
    assert [e.event.subject for e in found if isinstance(e, Ready)] == ["ses-0", "ses-1", "ses-2"]
    assert [e.where for e in found if isinstance(e, Unusable)] == ["line 3", "line 6"]


def test_a_clinic_is_filled_in_only_where_none_is_named(file: Path) -> None:
    unnamed = {name: value for name, value in SESSION.items() if name != "clinic_id"}
    found = entries(file, f"{json.dumps(unnamed)}\n{json.dumps(SESSION)}", Options("clinic-wien"))
    assert [e.event.key for e in found if isinstance(e, Ready)] == ["clinic-wien/pat-77", "clinic-berlin/pat-77"]


@pytest.mark.parametrize("content", [[SESSION], SESSION], ids=["list", "single"])
def test_a_whole_document_may_be_indented(file: Path, content: Any) -> None:
    assert one(file, json.dumps(content, indent=2)).event.subject == "ses-1"


def test_a_bom_does_no_harm(file: Path) -> None:
    assert one(file, b"\xef\xbb\xbf" + json.dumps(SESSION).encode()).event.subject == "ses-1"


@pytest.mark.parametrize("indent", [None, 1])
def test_a_bundle_is_unpacked_and_its_patient_found_by_its_url(file: Path, indent: int | None) -> None:
    patient = {"resourceType": "Patient", "id": "x", "name": [{"text": "Ada Byron"}]}
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"fullUrl": "urn:uuid:0f8d", "resource": patient}, {"resource": PROCEDURE}, {"request": {}}],
    }
    answer = json.loads(one(file, json.dumps(bundle, indent=indent), Options("clinic-berlin")).value)
    assert answer["patient"] == {
        "patient_id": "0f8d",
        "name": "Ada Byron",
        "email": None,
        "birth_date": None,
    }


def test_resources_line_by_line_are_gathered_into_sessions(file: Path) -> None:
    lines = "\n".join(json.dumps(PROCEDURE | {"id": id_}) for id_ in ("p1", "p2"))
    assert len(json.loads(one(file, lines, Options("clinic-berlin")).value)["procedures"]) == 2


def test_fhir_without_a_clinic_is_refused(file: Path) -> None:
    assert refused(file, json.dumps([PROCEDURE])).endswith("FHIR names no clinic: say which with --clinic")


def test_the_same_file_gives_the_same_bytes_and_a_later_version_corrects(file: Path) -> None:
    first, again = (one(file, json.dumps([PROCEDURE]), Options("clinic-berlin")) for _ in range(2))
    assert first == again
    corrected = one(file, json.dumps([PROCEDURE]), Options("clinic-berlin", version=2))
    assert corrected.event.TYPE == "clinical.session-corrected.v1"
    assert (corrected.event.subject, corrected.event.version) == (first.event.subject, 2)


def test_the_zone_is_asked_for_only_when_a_day_depends_on_it(file: Path) -> None:
    asked: list[str] = []

    def zone_of(clinic_id: str) -> str:
        asked.append(clinic_id)
        return "America/Los_Angeles"

    entries(file, json.dumps(SESSION), Options("clinic-la", zone_of=zone_of))
    assert asked == []
    late = PROCEDURE | {"performedDateTime": "2024-08-18T03:00:00Z"}
    ready = one(file, json.dumps([late, PROCEDURE | {"id": "p2"}]), Options("clinic-la", zone_of=zone_of))
    assert [line["performed_on"] for line in json.loads(ready.value)["procedures"]] == ["2024-08-17"] * 2
    assert asked == ["clinic-la"]
    told = Options("clinic-la", time_zone="Europe/Berlin", zone_of=zone_of)
    assert one(file, json.dumps([late]), told).value.count(b'"performed_on":"2024-08-18"') == 1
    assert asked == ["clinic-la"]


def test_a_visit_that_was_withdrawn_is_a_voided_session(file: Path) -> None:
    first = one(file, json.dumps([PROCEDURE]), Options("clinic-berlin"))
    withdrawn = json.dumps([PROCEDURE | {"status": "entered-in-error"}])
    voided = one(file, withdrawn, Options("clinic-berlin", version=2))
    assert voided.event.TYPE == "clinical.session-voided.v1"
    assert (voided.event.subject, voided.event.version, voided.event.key) == (first.event.subject, 2, first.event.key)


def test_how_far_the_reading_is_adds_up_to_the_whole_file(file: Path) -> None:
    file.write_text(f"{json.dumps(SESSION)}\n\n{json.dumps(SESSION)}\n")
    steps: list[int] = []
    list(read(file, Options(), steps.append))
    assert sum(steps) == file.stat().st_size
