"""The description of invoicing's API: each route in words, and examples that fit what the routes take and answer."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import jsonschema
import pytest
from invoicing.adapters import price_files
from invoicing.api import schemas
from invoicing.api.price_list_files import EXAMPLE
from invoicing.api.routers import routers
from invoicing.domain.pricing.price_list import PriceList
from pydantic import BaseModel

from chassis.settings import Settings
from tests.parts.api_examples import examples_of
from tests.parts.web import app_of

Json = dict[str, Any]
SETTINGS = Settings(service="invoicing", jwks_url="http://127.0.0.1:9/jwks.json", issuer="nobody")
MODULES = [import_module(f"{schemas.__name__}.{module.name}") for module in pkgutil.iter_modules(schemas.__path__)]
OWN = {
    name
    for module in MODULES
    for name, thing in vars(module).items()
    if isinstance(thing, type) and issubclass(thing, BaseModel) and thing.__module__ == module.__name__
}
"""The bodies and views of invoicing's own; what is on the wire is described in the contracts."""


async def nothing_to_verify(*_: object) -> Any:
    raise AssertionError


@pytest.fixture(scope="module")
def document() -> Json:
    return app_of(SETTINGS, *routers(nothing_to_verify)).openapi()


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            # What a clinic's history is verified by is the same in every service.
            if not path.endswith("/verification"):
                yield f"{method.upper()} {path}", operation


def contents(operation: Json) -> Iterator[tuple[str, Json]]:
    """Of the body, and of each answer that is no refusal, by media type."""
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    for part in (operation.get("requestBody", {}), *answers):
        yield from part.get("content", {}).items()


def test_every_operation_is_described_in_words(document: Json) -> None:
    lacking = [
        name
        for name, operation in operations(document)
        if operation["summary"] == operation["summary"].title() or len(operation.get("description", "")) < 60
    ]
    assert lacking == []


def test_every_operation_on_a_thing_names_how_it_is_refused(document: Json) -> None:
    lacking = [name for name, operation in operations(document) if "404" not in operation["responses"]]
    assert lacking == []


def test_every_parameter_and_every_field_of_invoicing_is_described(document: Json) -> None:
    parameters = {
        f"{name} {parameter['name']}"
        for name, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    }
    fields = {
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, content in schema.get("properties", {}).items()
        if name in OWN and field not in ("items", "next_cursor") and not content.get("description")
    }
    assert {described for described in parameters if not described.endswith(" limit")} == set()
    assert len(OWN & document["components"]["schemas"].keys()) > 40
    assert fields == set()


def test_every_body_and_every_answer_has_an_example(document: Json) -> None:
    known = document["components"]["schemas"]

    def shown(content: Json) -> bool:
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        alternatives = [
            alternative.get("$ref", "").rpartition("/")[2] for alternative in content["schema"].get("anyOf", ())
        ]
        return bool({"example", "examples"} & content.keys()) or any(
            "examples" in known.get(reference, {}) for reference in (name, *alternatives)
        )

    lacking = {
        name for name, operation in operations(document) for _, content in contents(operation) if not shown(content)
    }
    assert lacking == set()


def test_every_example_fits_what_it_is_an_example_of(document: Json) -> None:
    shown = 0
    for name, operation in operations(document):
        for _, content in contents(operation):
            for example in examples_of(document, content):
                assert list(_errors(document, content["schema"], example)) == [], name
                shown += 1
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            assert list(_errors(document, schema, example)) == [], name
            shown += 1
    assert shown > 50


def test_every_example_of_a_body_is_taken() -> None:
    shown = 0
    for module in MODULES:
        for name in OWN & vars(module).keys():
            model = vars(module)[name]
            extra = model.model_config.get("json_schema_extra") or {}
            for example in extra.get("examples", ()):
                model.model_validate(example)
                shown += 1
    assert shown > 20


def test_no_example_of_an_answer_has_a_field_that_there_is_not(document: Json) -> None:
    for name, operation in operations(document):
        for _, content in contents(operation):
            for example in examples_of(document, content):
                if isinstance(example, dict):
                    assert list(_strangers(document, content["schema"], example)) == [], name


def test_the_price_file_that_is_shown_can_be_read() -> None:
    head = PriceList("standard", "clinic-berlin", 0, "EUR", ())
    [period] = price_files.read(EXAMPLE.encode(), "utf-8", head).periods
    assert [item.unit_price_minor for item in period.items] == [12_500, 1_200]


def _errors(document: Json, schema: Json, example: Any) -> Iterator[str]:
    whole = {**schema, "components": document["components"]}
    for error in jsonschema.Draft202012Validator(whole).iter_errors(example):
        if not all(_is_null_left_out(cause) for cause in error.context or [error]):
            yield error.message


def _is_null_left_out(error: jsonschema.ValidationError) -> bool:
    """FastAPI takes every null out of a document, also out of examples."""
    if error.validator != "required":
        return False
    schema: Any = error.schema
    instance: Any = error.instance
    missing = set(schema["required"]) - instance.keys()
    return all({"type": "null"} in schema["properties"][field].get("anyOf", ()) for field in missing)


def _strangers(document: Json, schema: Json, example: Any) -> Iterator[str]:
    """Fields of the example that the schema does not have, at the top of it."""
    names = [alternative.get("$ref", "").rpartition("/")[2] for alternative in (schema, *schema.get("anyOf", ()))]
    known = {field for name in names for field in document["components"]["schemas"].get(name, {}).get("properties", {})}
    yield from example.keys() - known
