"""The description of payments' API: each route in words, and examples that fit what the routes take and answer."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from payments.adapters.bank_files import read
from payments.api import routers, schemas
from payments.api.examples.bank_statements import CAMT, CSV, CSV_COLUMNS, MT940
from payments.api.schemas.csv_columns import CsvColumnsBody
from payments.domain.bank.statement import StatementFormat, check
from pydantic import BaseModel

from chassis.settings import Settings
from tests.parts.api_examples import examples_of
from tests.parts.web import app_of

Json = dict[str, Any]
SETTINGS = Settings(service="payments", jwks_url="http://127.0.0.1:9/jwks.json", issuer="nobody")
MODULES = [import_module(f"{schemas.__name__}.{module.name}") for module in pkgutil.iter_modules(schemas.__path__)]
OWN = {
    name
    for module in MODULES
    for name, thing in vars(module).items()
    if isinstance(thing, type) and issubclass(thing, BaseModel) and thing.__module__ == module.__name__
}
"""The bodies of payments' own; what is on the wire is described in the contracts."""


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


def test_every_parameter_and_every_field_of_payments_is_described(document: Json) -> None:
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
        if name in OWN and not content.get("description")
    }
    assert {one for one in parameters if not one.endswith(" limit")} == set()
    assert len(OWN & document["components"]["schemas"].keys()) > 40
    assert fields == set()


def test_every_body_and_every_answer_has_an_example(document: Json) -> None:
    known = document["components"]["schemas"]

    def shown(content: Json) -> bool:
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        return bool({"example", "examples"} & content.keys() or "examples" in known.get(name, {}))

    lacking = {
        name
        for name, operation in operations(document)
        for kind, content in contents(operation)
        if kind == "application/json" and not shown(content)
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
    assert shown > 30


@pytest.mark.parametrize(("format_", "content"), [("camt.053", CAMT), ("mt940", MT940), ("csv", CSV)])
def test_the_statements_that_are_shown_can_be_read(format_: StatementFormat, content: str, tmp_path: Path) -> None:
    file = tmp_path / "statement"
    file.write_text(content, encoding="utf-8")
    [statement] = check(read(format_, file, CsvColumnsBody.model_validate_json(CSV_COLUMNS).columns()))
    assert (statement.head.currency, statement.entries) == ("EUR", 1)


def _errors(document: Json, schema: Json, example: Any) -> Iterator[str]:
    whole = {**schema, "components": document["components"]}
    return (error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(example))
