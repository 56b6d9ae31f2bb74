"""Examples of an OpenAPI document: what several operations show is there once, under components."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_REF = "#/components/examples/"
_ONLY = "default"
"""The name of an example that has none."""
_METHODS = frozenset({"get", "put", "post", "patch", "delete"})


def share_examples(document: Json) -> Json:
    """Replaces each example that is shown more than once by a reference (OpenAPI 3.1, Components Object)."""
    used = Counter(
        _text(example["value"]) for _, content in _contents(document) for example in _named(content).values()
    )
    names: dict[str, str] = {}
    shared: Json = document.setdefault("components", {}).setdefault("examples", {})
    for place, content in _contents(document):
        for name, example in list(_named(content).items()):
            if used[text := _text(example["value"])] > 1:
                if text not in names:
                    names[text] = _free(place if name == _ONLY else name, shared)
                    shared[names[text]] = example
                content.pop("example", None)
                content.setdefault("examples", {})[name] = {"$ref": f"{_REF}{names[text]}"}
    if not shared:
        del document["components"]["examples"]
    return document


def _named(content: Json) -> Json:
    return {_ONLY: {"value": content["example"]}} if "example" in content else content.get("examples", {})


def _contents(document: Json) -> Iterator[tuple[str, Json]]:
    """Each media type of a body or an answer, with a name for its place."""
    for operations in document.get("paths", {}).values():
        for method in sorted(_METHODS & operations.keys()):
            operation = operations[method]
            bodies = {"body": operation.get("requestBody", {}), **operation["responses"]}
            for part, body in bodies.items():
                for content in body.get("content", {}).values():
                    yield f"{operation['operationId']}-{part}", content


def _free(name: str, taken: Json) -> str:
    """The name, or the first of its numbers: one code is sometimes refused under two statuses."""
    candidates = (name, *(f"{name}-{nth}" for nth in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
