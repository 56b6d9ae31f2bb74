"""Every event type has its schema and its example, and they agree with the models and with each other."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from contracts.envelope import Event
from contracts.export.files import as_text, example, generated
from contracts.samples import SAMPLES
from contracts.topics import HEARS, SERVICES, TOPICS, dead_letter, topic_of

CONTRACTS = Path(__file__).parents[2] / "contracts"
EVENTS = {event.TYPE: event for topic in TOPICS for event in topic.events}


def committed(path: str) -> Any:
    return json.loads((CONTRACTS / path).read_text(encoding="utf-8"))


@pytest.fixture(params=list(EVENTS.values()), ids=list(EVENTS))
def event(request: pytest.FixtureRequest) -> type[Event]:
    found: type[Event] = request.param
    return found


def test_the_committed_files_are_what_the_models_give() -> None:
    on_disk = {
        file.relative_to(CONTRACTS).as_posix(): file.read_text(encoding="utf-8")
        for folder in ("asyncapi", "examples", "schemas")
        for file in (CONTRACTS / folder).iterdir()
    }
    assert on_disk == generated()


def test_an_example_fits_its_schema(event: type[Event]) -> None:
    schema = committed(f"schemas/{event.TYPE}.json")
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(
        committed(f"examples/{event.TYPE}.json")["value"]
    )


def test_an_example_read_and_written_again_is_the_same_message(event: type[Event]) -> None:
    kept = committed(f"examples/{event.TYPE}.json")
    read = event.model_validate_json(json.dumps(kept["value"]))
    assert read == SAMPLES[event.TYPE].event
    assert example(SAMPLES[event.TYPE].message()) == kept


def test_an_example_is_on_its_topic_with_its_key_and_its_stable_id(event: type[Event]) -> None:
    kept = committed(f"examples/{event.TYPE}.json")
    headers = kept["headers"]
    sample = SAMPLES[event.TYPE].event
    assert kept["topic"] == topic_of(event).name
    assert kept["key"] == headers["ce_partitionkey"] == sample.key
    assert headers["ce_id"] == f"{sample.subject}:{sample.version}"
    assert headers["ce_type"] == event.TYPE


def test_fields_that_are_not_known_are_ignored(event: type[Event]) -> None:
    value = committed(f"examples/{event.TYPE}.json")["value"]
    plain = event.model_validate_json(json.dumps(value))
    assert event.model_validate_json(json.dumps(_with_news(value))) == plain


def _with_news(value: Any) -> Any:
    """The value with a field from the future in every object of it."""
    if isinstance(value, dict):
        return {name: _with_news(inner) for name, inner in value.items()} | {"from_the_future": {"x": [1]}}
    return [_with_news(item) for item in value] if isinstance(value, list) else value


def test_the_session_of_the_agreement_needs_only_its_required_fields() -> None:
    least = {
        "session_id": "s",
        "clinic_id": "c",
        "version": 1,
        "completed_at": "2026-11-20T09:45:00+01:00",
        "patient": {"patient_id": "p", "name": "N"},
        "procedures": [{"procedure_id": "1", "code": "D0120"}],
    }
    schema = Draft202012Validator(committed("schemas/clinical.session-completed.v1.json"))
    completed = EVENTS["clinical.session-completed.v1"]
    assert schema.is_valid(least)
    assert completed.model_validate_json(json.dumps(least)).key == "c/p"
    for name in least.keys() - {"procedures"}:
        lacking = {kept: value for kept, value in least.items() if kept != name}
        assert not schema.is_valid(lacking)
        with pytest.raises(ValueError, match=name):
            completed.model_validate_json(json.dumps(lacking))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_document_has_its_topics_in_and_out_and_its_dead_letter(service: str) -> None:
    document = committed(f"asyncapi/{service}.json")
    written = {topic.name for topic in TOPICS if topic.owner == service}
    channels = [
        (o["action"], o["channel"]["$ref"].removeprefix("#/channels/")) for o in document["operations"].values()
    ]
    sent = {name for action, name in channels if action == "send"}
    heard = {name for action, name in channels if action == "receive"}
    assert sent == written | {dead_letter(service)}
    assert heard == {topic.name for topic in HEARS[service]}
    assert document["channels"].keys() == sent | heard


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_in_a_service_document_leads_somewhere(service: str) -> None:
    document = committed(f"asyncapi/{service}.json")
    for reference in _references(document):
        if reference.startswith("#/"):
            place = document
            for step in reference.removeprefix("#/").split("/"):
                place = place[step]
        else:
            assert (CONTRACTS / "asyncapi" / reference).is_file()


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for item in node for found in _references(item)] if isinstance(node, list) else []


@pytest.mark.parametrize("service", SERVICES)
def test_the_headers_in_a_service_document_are_those_that_are_written(service: str) -> None:
    document = committed(f"asyncapi/{service}.json")
    schema = document["components"]["schemas"]["cloud-event-headers"]
    for name, message in document["components"]["messages"].items():
        if name != "rejected-record":
            written = SAMPLES[name].message().headers
            Draft202012Validator(schema).validate({header: (value or b"").decode() for header, value in written})
            assert {header for header, _ in written} == schema["properties"].keys()
            assert message["examples"][0]["headers"]["ce_type"] == name


def test_files_are_written_for_people() -> None:
    assert as_text({"name": "Łucja"}) == '{\n  "name": "Łucja"\n}\n'
