"""Every operation of an API with something to ask it, made of its own description."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.parts.api_examples import Json, examples_of

NEEDED_BY_WHO_SEES_MANY = {"clinic_id"}
"""What who sees one clinic only may leave out."""


@dataclass(frozen=True)
class Operation:
    """One method of one path. `content_type` and `content` are an example of what it takes, if it takes anything."""

    method: str
    template: str
    path: str
    query: dict[str, str]
    bodies: tuple[Json, ...] | None
    """Examples of its JSON body; None where it takes another kind of body."""
    content_type: str
    content: bytes

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.template}"


def operations_of(document: Json) -> Iterator[Operation]:
    """In the order of the description. Fails for one that shows no example of what it needs."""
    for template, methods in document["paths"].items():
        for method, described in methods.items():
            taken = described.get("parameters", ())
            needed = [p for p in taken if p["required"] or p["name"] in NEEDED_BY_WHO_SEES_MANY]
            values = {p["name"]: _value(p["schema"]) for p in needed if p["in"] in ("path", "query")}
            query = {p["name"]: values[p["name"]] for p in needed if p["in"] == "query"}
            bodies = _bodies(document, described)
            content_type, content = _content(document, described, bodies)
            yield Operation(method, template, template.format(**values), query, bodies, content_type, content)


def _value(schema: Json) -> str:
    if "enum" in schema:
        return str(schema["enum"][0])
    if schema.get("type") == "integer":
        return str(schema.get("minimum", 1))
    return "2026-11-20" if schema.get("format") == "date" else "x"


def _bodies(document: Json, operation: Json) -> tuple[Json, ...] | None:
    contents: Json = operation.get("requestBody", {}).get("content", {})
    if contents and "application/json" not in contents:
        return None
    bodies = [body for content in contents.values() for body in _shown(document, content)]
    assert bodies or not contents, "no example of a body"
    return tuple(bodies) or ({},)


def _content(document: Json, operation: Json, bodies: tuple[Json, ...] | None) -> tuple[str, bytes]:
    contents: Json = operation.get("requestBody", {}).get("content", {})
    if not contents:
        return "", b""
    if bodies is not None:
        return "application/json", json.dumps(bodies[0]).encode()
    kind, content = next(iter(contents.items()))
    return kind, str(examples_of(document, content)[0]).encode()


def _shown(document: Json, content: Json) -> list[Any]:
    """Those of the content itself, and of the models that its schema names."""
    schemas: Json = document["components"]["schemas"]
    schema = content["schema"]
    refs = [each.get("$ref", "") for each in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()))]
    named = [body for ref in refs for body in schemas.get(ref.rpartition("/")[2], {}).get("examples", ())]
    return [*examples_of(document, content), *named]
