"""chairside publish."""

import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event

from chassis.messaging.reading import Heard, Reader
from contracts.clinical import SessionCompleted
from contracts.samples import SAMPLES
from contracts.topics import SESSIONS
from tests.integration.cli.terminal import chairside, records

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "fhir-dental-procedures.json"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sessions.jsonl"


def lines(*entries: Any) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def session(number: int) -> dict[str, Any]:
    sample = SAMPLES[SessionCompleted.TYPE].event.model_dump(mode="json")
    return sample | {"session_id": f"ses-{number}"}


def heard(bootstrap: str) -> list[str]:
    """Ids of the sessions that a service can read, sorted."""
    reader = Reader(SESSIONS, SESSIONS.events)
    readings = [reader.read(record) for record in records(bootstrap, SESSIONS.name)]
    assert all(isinstance(reading, Heard) for reading in readings)
    return sorted(reading.event.subject for reading in readings if isinstance(reading, Heard))


def test_sessions_arrive_as_events_that_the_official_library_reads(fresh_kafka: str, file: Path) -> None:
    voided = SAMPLES["clinical.session-voided.v1"].event
    file.write_text(lines(session(1), {"type": voided.TYPE, "data": voided.model_dump(mode="json")}))
    done = chairside(fresh_kafka, "publish", str(file))
    assert (done.exit_code, done.stdout) == (0, "2 published to clinical.sessions, 0 skipped, 0 refused\n"), done.stderr
    assert heard(fresh_kafka) == ["ses-1", voided.subject]
    for record in records(fresh_kafka, SESSIONS.name):
        headers = {name: value or b"" for name, value in record.headers}
        event = from_binary_event(KafkaMessage(headers, record.key, record.value or b""))
        assert event.get_id() == f"{event.get_subject()}:{json.loads(record.value or b'')['version']}"
        assert record.key == b"clinic-berlin/pat-77"


def test_bad_lines_are_told_and_the_good_ones_arrive(fresh_kafka: str, file: Path) -> None:
    file.write_text(lines(session(1)) + "not json\n" + lines(session(2), session(3) | {"version": 0}, session(4)))
    done = chairside(fresh_kafka, "publish", str(file))
    assert done.exit_code == 1
    assert done.stdout == "3 published to clinical.sessions, 0 skipped, 2 refused\n"
    faults = [line for line in done.stderr.splitlines() if line.startswith("line ")]
    assert [line.split(":")[0] for line in faults] == ["line 2", "line 4"]
    assert "version" in faults[1]
    assert heard(fresh_kafka) == ["ses-1", "ses-2", "ses-4"]


def test_strict_publishes_nothing_when_one_line_is_bad(fresh_kafka: str, file: Path) -> None:
    file.write_text(lines(session(1)) + "not json\n")
    assert chairside(fresh_kafka, "publish", "--strict", str(file)).exit_code == 1
    assert records(fresh_kafka, SESSIONS.name) == []
    file.write_text(lines(session(1)))
    assert chairside(fresh_kafka, "publish", "--strict", str(file)).exit_code == 0
    assert heard(fresh_kafka) == ["ses-1"]


def test_a_file_published_twice_is_the_same_records_twice(fresh_kafka: str, file: Path) -> None:
    file.write_text(lines(*(session(number) for number in range(450))))
    for _ in range(2):
        assert chairside(fresh_kafka, "publish", str(file)).exit_code == 0
    found = records(fresh_kafka, SESSIONS.name)
    half = len(found) // 2
    assert half == 450
    assert [(r.value, r.headers) for r in found[:half]] == [(r.value, r.headers) for r in found[half:]]


def test_a_rate_loses_nothing(fresh_kafka: str, file: Path) -> None:
    file.write_text(lines(*(session(number) for number in range(5))))
    assert chairside(fresh_kafka, "publish", "--rate", "100", str(file)).exit_code == 0
    assert len(heard(fresh_kafka)) == 5


def test_a_file_without_any_session_is_no_success(fresh_kafka: str, file: Path) -> None:
    file.write_text("\n")
    assert chairside(fresh_kafka, "publish", str(file)).exit_code == 1


def test_the_published_fhir_examples_arrive_as_sessions(fresh_kafka: str) -> None:
    if not EXAMPLES.is_file():
        pytest.skip(f"the examples are not here: {EXAMPLES}")
    done = chairside(fresh_kafka, "publish", "--clinic", "clinic-berlin", str(EXAMPLES))
    assert (done.exit_code, done.stdout) == (0, "2 published to clinical.sessions, 0 skipped, 0 refused\n"), done.stderr
    bodies = [json.loads(record.value or b"") for record in records(fresh_kafka, SESSIONS.name)]
    procedures = [line for body in bodies for line in body["procedures"]]
    assert len(procedures) == len(json.loads(EXAMPLES.read_text("utf-8")))
    assert all(line["tooth"] and line["surfaces"] for line in procedures)
