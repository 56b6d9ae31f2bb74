"""Examples in the committed descriptions of the APIs: each fits its schema, and has no field that there is not.

What has no words or no example at all is found by `python -m dev.reference --check`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.parts.api_examples import examples_of

Json = dict[str, Any]
DOCUMENTS = sorted((Path(__file__).parents[2] / "contracts" / "openapi").glob("*.json"))
SHOWN = ("invoicing", "payments")
"""The other services' lists have no example yet."""


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.stem)
def document(request: pytest.FixtureRequest) -> Json:
    described: Json = json.loads(request.param.read_text())
    return described


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def answers(operation: Json) -> Iterator[tuple[str, Json]]:
    """Of each answer that is no refusal, by media type."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield from answer.get("content", {}).items()


def examples(document: Json) -> Iterator[tuple[str, Json, Any]]:
    """Where each stands, what it is to fit, and the example."""
    for name, operation in operations(document):
        bodies = operation.get("requestBody", {}).get("content", {})
        for content in (*bodies.values(), *(content for _, content in answers(operation))):
            for example in examples_of(document, content):
                yield name, content["schema"], example
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            yield name, schema, example


def test_every_example_fits_what_it_is_an_example_of(document: Json) -> None:
    found = [
        f"{where}: {error}"
        for where, schema, example in examples(document)
        for error in errors(document, schema, example)
    ]
    assert found == []
    assert len(list(examples(document))) > 0


@pytest.mark.parametrize("document", [p for p in DOCUMENTS if p.stem in SHOWN], indirect=True, ids=lambda p: p.stem)
def test_every_answer_has_an_example(document: Json) -> None:
    lacking = [
        name
        for name, operation in operations(document)
        # What a clinic's history is verified by is the same in every service.
        if not name.endswith("/verification")
        for kind, content in answers(operation)
        if kind == "application/json"
        and not {"example", "examples"} & {*content, *_resolved(document, content["schema"])}
    ]
    assert lacking == []


def errors(document: Json, schema: Json, example: Any) -> Iterator[str]:
    whole = {**schema, "components": document["components"]}
    for error in jsonschema.Draft202012Validator(whole).iter_errors(example):
        if not all(_is_null_left_out(each) for each in error.context or [error]):
            yield error.message
    if isinstance(example, dict):
        yield from (f"{field} is no field" for field in _unknown_fields(document, schema, example))


def _is_null_left_out(error: jsonschema.ValidationError) -> bool:
    """FastAPI takes every null out of a document, also out of examples."""
    if error.validator != "required":
        return False
    schema: Any = error.schema
    instance: Any = error.instance
    missing = set(schema["required"]) - instance.keys()
    return all({"type": "null"} in schema["properties"][field].get("anyOf", ()) for field in missing)


def _unknown_fields(document: Json, schema: Json, example: Json) -> Iterator[str]:
    """Fields of the example that the schema does not have, at the top of it."""
    alternatives = [_resolved(document, each) for each in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()))]
    described = [each for each in alternatives if "properties" in each]
    if described:
        yield from example.keys() - {field for each in described for field in each["properties"]}


def _resolved(document: Json, schema: Json) -> Json:
    named: Json = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    return named
