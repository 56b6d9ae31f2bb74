"""Which kinds of a thing there are, where a body names one of them, as the route's OpenAPI document has them."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


def kinds_at(document: Json, path: str, method: str, location: Sequence[int | str]) -> list[str]:
    """The values that may tell the alternatives at a place of the body apart; none where nothing does."""
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    for content in operation.get("requestBody", {}).get("content", {}).values():
        found = _at(document, content.get("schema", {}), location)
        if found:
            return found
    return []


def _at(document: Json, node: Json, location: Sequence[int | str]) -> list[str]:
    """Looks down every alternative: which one was meant, a body that does not fit may not say."""
    node = _resolved(document, node)
    if not location and "discriminator" in node:
        return list(node["discriminator"].get("mapping", {}))
    step, rest = (location[0], location[1:]) if location else (None, ())
    below: list[tuple[Json, Sequence[int | str]]] = [
        (each, location) for name in ("anyOf", "oneOf", "allOf") for each in node.get(name, ())
    ]
    if isinstance(step, str) and step in node.get("properties", {}):
        below.append((node["properties"][step], rest))
    elif isinstance(step, str) and step in node.get("discriminator", {}).get("mapping", {}):
        below.append(({"$ref": node["discriminator"]["mapping"][step]}, rest))
    elif isinstance(step, int) and "items" in node:
        below.append((node["items"], rest))
    return next((found for inner, way in below if (found := _at(document, inner, way))), [])


def _resolved(document: Json, node: Json) -> Json:
    """What a reference stands for."""
    while "$ref" in node:
        node = document["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return node
