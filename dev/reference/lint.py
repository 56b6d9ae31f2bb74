"""What an OpenAPI document does not say: an operation without words, a field that nobody explains."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chassis.http.problems import MEDIA_TYPE
from dev.reference.compatibility import METHODS

Json = dict[str, Any]
_CHANGES = ("post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing, at an operation or a field."""

    rule: str
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}"


def gaps(document: Json) -> list[Gap]:
    """Empty when the document explains itself."""
    return [*_operations(document), *_fields(document)]


def _operations(document: Json) -> Iterator[Gap]:
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                where = f"{method.upper()} {path}"
                yield from (Gap(rule, where) for rule in _operation(method, path, operations[method]))
                if _lacks_example(operations[method], document["components"]["schemas"]):
                    yield Gap("no example", where)
                yield from _parameters(where, operations[method])


def _operation(method: str, path: str, operation: Json) -> Iterator[str]:
    if _is_made_from_the_name(operation):
        yield "no summary"
    if not operation.get("description"):
        yield "no description"
    if (method in _CHANGES or "{" in path) and not any(map(_has_own_codes, operation["responses"].values())):
        yield "no error codes"


def _lacks_example(operation: Json, schemas: Json) -> bool:
    """An example of a body stands at the operation, or at the schema that the body has."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return False
    schema = schemas.get(body["schema"].get("$ref", "").rpartition("/")[2], body["schema"])
    return not any((body.get("example"), body.get("examples"), schema.get("examples")))


def _is_made_from_the_name(operation: Json) -> bool:
    """FastAPI makes a summary of the function's name where a route has none."""
    summary: str = operation.get("summary", "")
    operation_id: str = operation["operationId"]
    return summary == summary.title() and operation_id.startswith(summary.lower().replace(" ", "_"))


def _has_own_codes(response: Json) -> bool:
    return "examples" in response.get("content", {}).get(MEDIA_TYPE, {})


def _parameters(where: str, operation: Json) -> Iterator[Gap]:
    for one in operation.get("parameters", ()):
        if not one.get("description"):
            yield Gap("no description", f"{where} {one['in']} {one['name']}")


def _fields(document: Json) -> Iterator[Gap]:
    for name, schema in document["components"]["schemas"].items():
        for field, content in schema.get("properties", {}).items():
            if not content.get("description"):
                yield Gap("no description", f"{name}.{field}")
