"""The docs are true where a machine can tell: examples fit the APIs, links lead somewhere, lines are short."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from payments.adapters import bank_files
from payments.api.schemas.csv_columns import CsvColumnsBody

REPOSITORY = Path(__file__).parents[2]
LONGEST_LINE = 140
LONGEST_README = 60
SERVICES = ("invoicing", "payments", "cash-register", "documents")
PAGES = [
    page
    for page in sorted(REPOSITORY.rglob("*.md"))
    if not {".venv", "var", "build", ".pytest_cache"} & set(page.relative_to(REPOSITORY).parts)
]
Json = dict[str, Any]


def names(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def openapi(service: str) -> Json:
    document: Json = json.loads(text(REPOSITORY / "contracts" / "openapi" / f"{service}.json"))
    return document


def examples() -> Iterator[tuple[str, str, str]]:
    """Service, operation, body: each fence of docs/services that names an operation behind `json`."""
    for service in SERVICES:
        page = REPOSITORY / "docs" / "services" / f"{service}.md"
        for operation, body in re.findall(r"^```json ([A-Z]+ /\S+)\n(.*?)^```$", text(page), re.M | re.S):
            yield service, operation, body


@pytest.mark.parametrize(("service", "operation", "body"), list(examples()))
def test_an_example_fits_the_request_of_its_operation(service: str, operation: str, body: str) -> None:
    document = openapi(service)
    method, _, path = operation.partition(" ")
    content = document["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]
    schema = content["schema"] | {"components": document["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(json.loads(body))


def test_every_service_that_takes_a_body_shows_one() -> None:
    assert {service for service, _, _ in examples()} == set(SERVICES)


def test_the_statement_of_the_page_is_read_with_its_columns(tmp_path: Path) -> None:
    page = text(REPOSITORY / "docs" / "services" / "payments.md")
    [rows] = re.findall(r"^```csv\n(.*?)^```$", page, re.M | re.S)
    [columns] = re.findall(r"^```json columns\n(.*?)^```$", page, re.M | re.S)
    file = tmp_path / "statement.csv"
    file.write_text(rows)
    assert list(bank_files.read("csv", file, CsvColumnsBody.model_validate_json(columns).columns()))


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_no_line_is_too_long_to_read(page: Path) -> None:
    long = [number for number, line in enumerate(text(page).splitlines(), 1) if len(line) > LONGEST_LINE]
    assert long == []


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if not target.startswith(("http", "#", "mailto:")):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_of_a_service_is_one_screen(service: str) -> None:
    readme = text(REPOSITORY / "services" / service / "README.md")
    assert len(readme.splitlines()) <= LONGEST_README
    assert "```mermaid" in readme
    for topic in re.findall(r"^\| `([a-z-]+\.[a-z-]+)` \| (?:in|out) \|", readme, re.M):
        assert topic in text(REPOSITORY / "contracts" / "asyncapi" / f"{service}.json")


def test_the_index_names_every_decision() -> None:
    folder = REPOSITORY / "docs" / "adr"
    linked = set(re.findall(r"\]\((\d{4}-[^)]+\.md)\)", text(folder / "README.md")))
    assert linked == {page.name for page in folder.glob("[0-9]*.md")}


def test_the_command_that_checks_and_writes_the_reference_is_part_of_make() -> None:
    makefile = text(REPOSITORY / "Makefile")
    assert "python -m dev.reference --check" in makefile
    assert re.search(r"python -m dev\.reference$", makefile, re.M)
